// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/program_runner.h"

#include <fstream>
#include <functional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/device/child_process.h"
#include "forecost/device/runner_protocol.h"
#include "forecost/device/temp_folder.h"
#include "forecost/layer/kernel.h"

namespace forecost::device {
namespace {

Error unsupported(const std::string& what, const std::string& program) {
  return {Fault::unsupported, what, program, "use `forecost measure` and `forecost calibrate` with it"};
}

class ProgramRunner final : public Runner {
 public:
  ProgramRunner(const System& system, ProgramOptions options)
      : system_(system),
        options_(std::move(options)),
        name_(fmt::format("{}", fmt::join(options_.words, " "))) {}

  Status greet() {
    FORECOST_TRY(const Answer answer,
                 ask(
                     identity_question({}, options_.provider), [](const Answer& a) { return a.lines() > 0; },
                     [] { return false; }));
    if (!answer.identity()) {
      return Error{Fault::bad_input,
                   "line 1 of the program's answer: it says neither 'runtime' nor 'processor'", name_,
                   "docs/formats/runner.md has the lines"};
    }
    identity_ = *answer.identity();
    if (layer::find_runtime(identity_.runtime) != nullptr) return Done{};
    return Error{
        Fault::unsupported,
        fmt::format("the program's runtime is '{}', whose kernels nobody here knows", identity_.runtime),
        name_,
        "let it say the runtime of `forecost list runtimes` that fuses alike (torch: nothing is fused), "
        "and its own name as provider"};
  }

  bool measures_itself() const override { return true; }

  Identity identity(const Settings& settings) const override {
    Identity identity = identity_;
    identity.settings = settings;
    return identity;
  }

  Result<Measured> measure(const Model& model, const MeasureRequest& request) override {
    Model there = model;
    std::optional<TempFolder> folder;
    if (!model.bytes.empty()) {
      FORECOST_TRY(folder, TempFolder::make(system_));
      there.file = folder->path() / "network.onnx";
      std::ofstream file(there.file, std::ios::binary);
      if (!(file << model.bytes << std::flush)) {
        return Error{Fault::exhausted, "the network cannot be written", there.file.string(),
                     "make room, or set TMPDIR"};
      }
    }
    there.file = std::filesystem::absolute(there.file);
    FORECOST_TRY(const Answer answer, ask(
                                          measure_question(there, request, options_.provider),
                                          [](const Answer& a) { return a.done(); }, request.stop));
    return answer.measured();
  }

  Result<std::unique_ptr<Session>> open(const Model& /*model*/, const SessionOptions& /*options*/) override {
    return unsupported("the program measures by itself, runs cannot be timed from here", name_);
  }
  Result<network::Network> optimised_graph(const Model& /*model*/,
                                           const SessionOptions& /*options*/) override {
    return unsupported("the program does not show its graph without running it", name_);
  }
  Result<std::vector<std::vector<NodeTime>>> profile(const Model& /*model*/,
                                                     const SessionOptions& /*options*/, int /*warmup*/,
                                                     int /*runs*/) override {
    return unsupported("the program measures by itself, runs cannot be timed from here", name_);
  }

 private:
  Result<Answer> ask(const nlohmann::json& question, const std::function<bool(const Answer&)>& complete,
                     const std::function<bool()>& stop) const {
    constexpr auto replace = nlohmann::json::error_handler_t::replace;
    FORECOST_TRY(ChildProcess program,
                 ChildProcess::start(options_.words, {}, question.dump(-1, ' ', false, replace) + "\n"));
    Answer answer(name_);
    Status status = Done{};
    const auto take = [&](const std::string& line) {
      if (status && !complete(answer) && !line.empty()) status = answer.take(line);
    };
    const Seconds start = system_.now();
    for (;;) {
      constexpr int milliseconds = 50;
      const std::optional<Ending> ending = program.wait(milliseconds, take);
      if (!status) return status.error();
      if (complete(answer)) return answer;
      if (ending) return early(*ending, answer, program.last_words());
      if (stop())
        return Error{Fault::interrupted, "measuring was stopped", name_, "run the same command again"};
      if (system_.now() - start > options_.longest) {
        return Error{Fault::exhausted,
                     fmt::format("the program's answer was not complete after {}, {} came{}",
                                 to_text(options_.longest), lines_text(answer), said(program.last_words())),
                     name_, "see whether the device still answers, or allow more with --program-timeout"};
      }
    }
  }

  static std::string lines_text(const Answer& answer) {
    return answer.lines() == 1 ? "1 line" : fmt::format("{} lines", answer.lines());
  }
  static std::string said(const std::string& words) { return words.empty() ? "" : ": " + words; }

  Error early(const Ending& ending, const Answer& answer, const std::string& words) const {
    const std::string how = ending.signal != 0 ? fmt::format("by signal {}", ending.signal)
                                               : fmt::format("with {}", ending.exit_code);
    return {Fault::failed,
            fmt::format("the program ended {} before its answer was complete, {} came{}", how,
                        lines_text(answer), said(words)),
            name_, "run it by hand with the question of docs/formats/runner.md, and look at its connection"};
  }

  const System& system_;
  ProgramOptions options_;
  std::string name_;
  Identity identity_;
};

}  // namespace

Result<std::unique_ptr<Runner>> open_program(const System& system, ProgramOptions options) {
  auto runner = std::make_unique<ProgramRunner>(system, std::move(options));
  FORECOST_TRY([[maybe_unused]] const Done greeted, runner->greet());
  return std::unique_ptr<Runner>(std::move(runner));
}

}  // namespace forecost::device
