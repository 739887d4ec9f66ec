// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/evaluator.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/device/child_process.h"

namespace forecost::search {
namespace {

using device::ChildProcess;
using device::Ending;

using nlohmann::json;

constexpr int step_milliseconds = 50;

std::string shortened(const std::string& text) {
  std::string shown = text.substr(0, 80);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown + (text.size() > shown.size() ? "..." : "");
}

/// Reads the lines of a program and keeps how its trial stands.
class Conversation {
 public:
  explicit Conversation(const Contact& contact) : contact_(&contact) {}

  void hear(const std::string& line) {
    if (end_ || line.find_first_not_of(" \t\r") == std::string::npos) return;
    const json message = json::parse(line, nullptr, false);
    if (!message.is_object()) {
      const bool undefined =
          line.find("NaN") != std::string::npos || line.find("Infinity") != std::string::npos;
      end_ = failed_because(undefined
                                ? fmt::format("a metric is NaN or infinite: {}", shortened(line))
                                : fmt::format("a line of its output is no JSON object: {}", shortened(line)));
      return;
    }
    if (message.contains("failure")) {
      const json& reason = message["failure"];
      end_ = failed_because(reason.is_string() ? shortened(reason.get<std::string>()) : reason.dump());
      return;
    }
    if (!message.contains("metrics") || !message["metrics"].is_object()) {
      end_ = failed_because(fmt::format("a line has neither metrics nor failure: {}", shortened(line)));
      return;
    }
    Metrics metrics;
    for (const auto& item : message["metrics"].items()) {
      if (!item.value().is_number() || !std::isfinite(item.value().get<double>())) {
        end_ = failed_because(fmt::format("metric '{}' is {}, not a number", shortened(item.key()),
                                          shortened(item.value().dump())));
        return;
      }
      metrics[item.key()] = item.value().get<double>();
    }
    if (!message.contains("step")) {
      end_ = completed(std::move(metrics));
    } else if (!message["step"].is_number_integer()) {
      end_ = failed_because("a step is not a whole number: " + shortened(message["step"].dump()));
    } else {
      latest_ = metrics;
      const bool go_on = contact_->report({message["step"].get<std::int64_t>(), std::move(metrics)});
      if (!go_on) end_ = Evaluation{TrialState::stopped, latest_, "ended early"};
    }
  }

  const std::optional<Evaluation>& end() const { return end_; }
  const Metrics& latest() const { return latest_; }

 private:
  const Contact* contact_;
  Metrics latest_;
  std::optional<Evaluation> end_;
};

std::string ending_text(const Ending& ending, const std::string& last_words) {
  std::string text;
  if (ending.signal == SIGKILL || ending.exit_code == 128 + SIGKILL) {
    text = "the program was killed (signal 9), mostly for want of memory";
  } else if (ending.signal != 0) {
    text = fmt::format("the program crashed by signal {} ({})", ending.signal, strsignal(ending.signal));
  } else if (ending.exit_code != 0) {
    text = fmt::format("the program ended with exit code {}", ending.exit_code);
  } else {
    text = "the program ended without final metrics";
  }
  return last_words.empty() ? text : text + ": " + last_words;
}

/// Who ends a program from outside (a batch system, a shutdown) mostly ends this process with it, and word
/// of that may come a moment later: then the trial did not fail, it was stopped.
bool stopped_with_us(const Ending& ending, const device::System& system, const Contact& contact) {
  const bool by_signal = ending.signal != 0 || ending.exit_code > 128;
  const Seconds patience(by_signal ? 0.25 : 0.02);
  const Seconds started = system.now();
  while (!contact.stop()) {
    if (system.now() - started > patience) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Evaluation converse(ChildProcess& program, const CommandOptions& options, const device::System& system,
                    const Contact& contact) {
  Conversation conversation(contact);
  const Seconds started = system.now();
  for (;;) {
    const std::optional<Ending> ending = program.wait(
        step_milliseconds, [&conversation](const std::string& line) { conversation.hear(line); });
    if (conversation.end()) return *conversation.end();
    if (ending ? stopped_with_us(*ending, system, contact) : contact.stop()) {
      return {TrialState::stopped, conversation.latest(), "the study was stopped"};
    }
    if (ending) return failed_because(ending_text(*ending, program.last_words()));
    if (options.time_out.value > 0 && (system.now() - started) > options.time_out) {
      return failed_because(fmt::format("no result within {}", to_text(options.time_out)));
    }
  }
}

}  // namespace

Evaluation completed(Metrics metrics) {
  return {TrialState::complete, std::move(metrics), {}};
}

Evaluation failed_because(std::string reason) {
  return {TrialState::failed, {}, std::move(reason)};
}

Evaluator command_evaluator(CommandOptions options, const device::System& system) {
  FORECOST_EXPECTS(!options.words.empty(), "a command has a program");
  return [options = std::move(options), &system](const Task& task, const Contact& contact) {
    json input = {{"trial", task.number}, {"design", json::parse(task.design_json)}};
    if (!task.network.empty()) input["network"] = task.network.string();
    if (options.recipe) {
      const Result<std::string> recipe = options.recipe(task.design);
      if (!recipe) return failed_because(to_string(recipe.error()));
      input["recipe"] = json::parse(*recipe);
    }
    Result<ChildProcess> program = ChildProcess::start(options.words, options.folder, input.dump() + "\n");
    if (!program) return failed_because(program.error().what);
    return converse(*program, options, system, contact);
  };
}

}  // namespace forecost::search
