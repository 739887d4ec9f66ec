// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/peak_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace forecost::measurement {
namespace {

/// A pipe that closes with its owner.
class Pipe {
 public:
  Pipe() : open_(pipe2(ends_.data(), O_CLOEXEC) == 0) {}
  ~Pipe() {
    close_writer();
    if (open_) close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool is_open() const { return open_; }
  int writer() const { return ends_[1]; }
  void close_writer() {
    if (open_ && ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }
  std::string read_all() const {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t count = read(ends_[0], buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool open_;
};

std::vector<std::string> words_of(const PeakRequest& request, const std::string& library) {
  std::vector<std::string> words{"forecost",
                                 "probe-peak",
                                 request.file.string(),
                                 "--batch",
                                 std::to_string(request.batch),
                                 "--threads",
                                 std::to_string(request.settings.threads)};
  if (!request.settings.cores.empty()) {
    words.insert(words.end(), {"--cores", fmt::format("{}", fmt::join(request.settings.cores, ","))});
  }
  for (const auto& [name, extent] : request.symbols) {
    words.insert(words.end(), {"--dim", fmt::format("{}={}", name, extent)});
  }
  if (!library.empty()) words.insert(words.end(), {"--library", library});
  return words;
}

/// The environment of this process, with or without the setting of HeapHoles::returned.
std::vector<std::string> environment(HeapHoles holes) {
  constexpr std::string_view tunables = "GLIBC_TUNABLES=";
  std::vector<std::string> list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::string_view(*entry).substr(0, tunables.size()) != tunables) list.emplace_back(*entry);
  }
  if (holes == HeapHoles::returned) {
    list.push_back(std::string(tunables) + "glibc.malloc.mmap_threshold=131072");
  }
  return list;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Result<PeakMemory> peak_in(const std::string& text, int status, const std::string& file) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return Error{signal == SIGKILL ? Fault::exhausted : Fault::failed,
                 fmt::format("the process that ran the network was ended by signal {} ({})", signal,
                             strsignal(signal)),
                 file, "it may need more memory than this machine has: try a smaller --batch"};
  }
  const nlohmann::json answer = nlohmann::json::parse(text, nullptr, false);
  if (answer.is_object() && answer.contains("error")) {
    return Error{Fault::failed, answer["error"].get<std::string>(), file,
                 answer.value("hint", std::string("run it with forecost measure"))};
  }
  const bool complete = answer.is_object() && answer.contains("loading_bytes") &&
                        answer.contains("loaded_bytes") && answer.contains("running_bytes");
  if (!complete) {
    return Error{Fault::failed,
                 fmt::format("the process that ran the network ended with {} and without an answer",
                             WEXITSTATUS(status)),
                 file, "measure again"};
  }
  const auto bytes = [&answer](const char* name) { return Bytes(answer[name].get<std::int64_t>()); };
  return PeakMemory{bytes("loading_bytes"), bytes("loaded_bytes"), bytes("running_bytes")};
}

Result<PeakMemory> spawn(const std::string& program, const PeakRequest& request, const std::string& library) {
  std::vector<std::string> words = words_of(request, library);
  const std::vector<char*> arguments = pointers_to(words);
  std::vector<std::string> settings = environment(request.holes);
  const std::vector<char*> variables = pointers_to(settings);
  Pipe out;
  if (!out.is_open()) {
    return Error{Fault::exhausted, fmt::format("no pipe: {}", std::strerror(errno)), request.file.string(),
                 "close other programs"};
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int fault =
      posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  out.close_writer();
  if (fault != 0) {
    return Error{Fault::failed,
                 fmt::format("the process that runs the network cannot be started: {}", std::strerror(fault)),
                 program, "check that the program is there and may be run"};
  }
  const std::string text = out.read_all();
  return peak_in(text, wait_for(child), request.file.string());
}

}  // namespace

PeakProbe peak_process(const std::string& program, const std::string& library) {
  return [program, library](const PeakRequest& request) { return spawn(program, request, library); };
}

Result<Bytes> median_peak(const PeakRequest& request, const PeakProbe& probe) {
  constexpr std::size_t processes = 3;
  std::vector<Bytes> peaks;
  while (peaks.size() < processes) {
    FORECOST_TRY(const PeakMemory measured, probe(request));
    peaks.push_back(measured.peak());
  }
  std::sort(peaks.begin(), peaks.end());
  return peaks[processes / 2];
}

}  // namespace forecost::measurement
