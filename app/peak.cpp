// SPDX-License-Identifier: Apache-2.0
#include "app/peak.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/devices.h"
#include "forecost/device/temp_folder.h"
#include "forecost/network/writer.h"

namespace forecost::app {
namespace {

struct Options {
  std::string model;
  SizeOptions sizes;
  std::vector<int> cores;
  int threads = 1;
  std::string library;
};

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

std::vector<std::string> words_of(const measurement::PeakRequest& request, const std::string& library) {
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

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Result<Bytes> peak_in(const std::string& text, int status, const std::string& file) {
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
  if (!answer.is_object() || !answer.contains("peak_bytes")) {
    return Error{Fault::failed,
                 fmt::format("the process that ran the network ended with {} and without an answer",
                             WEXITSTATUS(status)),
                 file, "measure again"};
  }
  return Bytes(answer["peak_bytes"].get<std::int64_t>());
}

Result<Bytes> spawn(const measurement::PeakRequest& request, const std::string& library) {
  std::vector<std::string> words = words_of(request, library);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
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
  const int fault = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  out.close_writer();
  if (fault != 0) {
    return Error{Fault::failed, fmt::format("this program cannot be started again: {}", std::strerror(fault)),
                 "/proc/self/exe", "check that /proc is mounted"};
  }
  const std::string text = out.read_all();
  return peak_in(text, wait_for(child), request.file.string());
}

Result<Bytes> run_here(const Options& options, const Session& session) {
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner, open_runner(session, options.library));
  const layer::Binding binding = binding_of(options.sizes);
  device::Model model;
  model.file = options.model;
  model.symbols = binding.symbols;
  model.batch = binding.batch.value_or(1);
  device::SessionOptions wanted;
  wanted.settings = {options.threads, options.cores};
  FORECOST_TRY(const std::unique_ptr<device::Session> network, runner->open(model, wanted));
  constexpr int runs = 3;
  for (int i = 0; i < runs; ++i) {
    FORECOST_TRY([[maybe_unused]] const Done ran, network->run());
  }
  return session.system->resident_peak();
}

/// Peaks of one network differ by up to a quarter between processes: the heap's holes depend on addresses.
Result<Bytes> median_peak(const measurement::PeakRequest& request, const measurement::PeakProbe& probe) {
  constexpr std::size_t processes = 3;
  std::vector<Bytes> peaks;
  while (peaks.size() < processes) {
    FORECOST_TRY(const Bytes peak, probe(request));
    peaks.push_back(peak);
  }
  std::sort(peaks.begin(), peaks.end());
  return peaks[processes / 2];
}

/// A failure is an answer, too: the parent shows it.
Status answer(const Options& options, const Session& session) {
  const Result<Bytes> peak = run_here(options, session);
  nlohmann::json text;
  if (peak) {
    text["peak_bytes"] = peak->value;
  } else {
    text = {{"error", peak.error().what}, {"hint", peak.error().hint}};
  }
  return print(text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace

measurement::PeakProbe peak_probe(const std::string& library) {
  return [library](const measurement::PeakRequest& request) { return spawn(request, library); };
}

Result<Bytes> measure_peak(const Session& session, const network::Network& network, const SizeOptions& sizes,
                           const device::Settings& settings, const measurement::PeakProbe& probe) {
  const layer::Binding binding = binding_of(sizes);
  measurement::PeakRequest request;
  request.symbols = binding.symbols;
  request.batch = binding.batch.value_or(1);
  request.settings = settings;
  if (!is_built_in(network.source)) {
    request.file = network.source;
    return median_peak(request, probe);
  }
  FORECOST_TRY(const device::TempFolder folder, device::TempFolder::make(*session.system));
  request.file = folder.path() / "network.onnx";
  FORECOST_TRY([[maybe_unused]] const Done written, network::write(network, request.file));
  return median_peak(request, probe);
}

void add_probe_peak(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("probe-peak", "Run a network and print this process's peak memory");
  command->group("");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "ONNX file")->required();
  add_size_options(*command, options->sizes);
  command->add_option("--threads", options->threads)->check(CLI::PositiveNumber);
  command->add_option("--cores", options->cores)->delimiter(',');
  command->add_option("--library", options->library);
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return answer(*options, session); };
  });
}

}  // namespace forecost::app
