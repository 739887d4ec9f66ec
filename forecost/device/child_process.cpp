// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/child_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace forecost::device {
namespace {

constexpr std::size_t longest_line = 1U << 20U;
constexpr std::size_t kept_errors = 2000;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

Error unstartable(int fault, const std::string& program) {
  return {Fault::failed, fmt::format("the program cannot be started: {}", std::strerror(fault)), program,
          "check that it is there and may be run"};
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words,
                                         const std::filesystem::path& folder, std::string_view input) {
  FORECOST_EXPECTS(!words.empty(), "a program to start");
  std::array<int, 2> in_ends{-1, -1};
  std::array<int, 2> out_ends{-1, -1};
  std::array<int, 2> err_ends{-1, -1};
  // A socket, not a pipe: writing to a program that is gone must not end this one by SIGPIPE.
  const bool opened = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in_ends.data()) == 0 &&
                      pipe2(out_ends.data(), O_CLOEXEC) == 0 && pipe2(err_ends.data(), O_CLOEXEC) == 0;
  Descriptor in_far(in_ends[0]);
  Descriptor in_near(in_ends[1]);
  Descriptor out_near(out_ends[0]);
  Descriptor out_far(out_ends[1]);
  Descriptor err_near(err_ends[0]);
  Descriptor err_far(err_ends[1]);
  if (!opened) {
    return Error{Fault::exhausted, fmt::format("no pipe: {}", std::strerror(errno)), words.front(),
                 "close other programs, or use fewer workers"};
  }
  std::vector<std::string> full = words;
  if (words.size() == 1) full = {"/bin/sh", "-c", words.front()};
  std::vector<char*> arguments;
  for (std::string& word : full) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in_far.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out_far.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err_far.get(), STDERR_FILENO);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int fault =
      posix_spawnp(&child, full.front().c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (fault != 0) return unstartable(fault, words.front());
  fcntl(out_near.get(), F_SETFL, O_NONBLOCK);
  fcntl(err_near.get(), F_SETFL, O_NONBLOCK);
  while (!input.empty()) {
    const ssize_t sent = send(in_near.get(), input.data(), input.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) break;  // it does not want to read
    input.remove_prefix(static_cast<std::size_t>(sent));
  }
  return ChildProcess(child, out_near.release(), err_near.release());
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)),
      text_(std::move(other.text_)),
      errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
  if (child_ > 0) {
    kill(-child_, SIGKILL);
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

/// Whether anything came. Closes at the end of the stream.
bool ChildProcess::drain(int& from, std::string& into) const {
  bool any = false;
  std::array<char, 4096> buffer{};
  while (from >= 0) {
    const ssize_t count = read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // nothing more now
    if (count == 0) {
      close(std::exchange(from, -1));
      break;
    }
    into.append(buffer.data(), static_cast<std::size_t>(count));
    any = true;
    if (into.size() > longest_line) break;
  }
  return any;
}

void ChildProcess::give_lines(const std::function<void(const std::string&)>& line, bool rest) {
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text_.find('\n', begin);
    if (end == std::string::npos) break;
    line(text_.substr(begin, end - begin));
    begin = end + 1;
  }
  text_.erase(0, begin);
  if ((rest && !text_.empty()) || text_.size() > longest_line) line(std::exchange(text_, {}));
}

std::optional<Ending> ChildProcess::wait(int milliseconds,
                                         const std::function<void(const std::string&)>& line) {
  std::array<pollfd, 2> watched{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};  // poll ignores -1
  // A program that closed its output may go on: then only its end is left to wait for, in small steps.
  const bool silent = out_ < 0 && err_ < 0;
  poll(watched.data(), watched.size(), silent ? std::min(milliseconds, 10) : milliseconds);
  drain(out_, text_);
  drain(err_, errors_);
  if (errors_.size() > kept_errors) errors_.erase(0, errors_.size() - kept_errors);
  give_lines(line, false);
  int status = 0;
  if (waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
  kill(-child_, SIGKILL);  // what it left behind
  child_ = -1;
  while (drain(out_, text_)) give_lines(line, false);
  drain(err_, errors_);
  give_lines(line, true);
  Ending ending;
  if (WIFSIGNALED(status)) {
    ending.signal = WTERMSIG(status);
  } else {
    ending.exit_code = WEXITSTATUS(status);
  }
  return ending;
}

std::string ChildProcess::last_words() const {
  const auto last = errors_.find_last_not_of(" \t\r\n");
  if (last == std::string::npos) return {};
  const auto before = errors_.rfind('\n', last);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  std::string words = errors_.substr(begin, last - begin + 1);
  std::replace_if(
      words.begin(), words.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return words.substr(0, 300);
}

}  // namespace forecost::device
