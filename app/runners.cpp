// SPDX-License-Identifier: Apache-2.0
#include "app/runners.h"

#include <fmt/format.h>

#include "app/duration.h"

namespace forecost::app {

void add_runner_options(CLI::App& command, RunnerChoice& choice) {
  std::vector<std::string> names;
  for (const device::RunnerCard& card : device::runner_list()) {
    if (card.name != "reference") names.emplace_back(card.name);
  }
  command
      .add_option("--runner", choice.name,
                  "Who runs networks, see forecost list runners (default: the first)")
      ->type_name("NAME")
      ->check(CLI::IsMember(names));
  command
      .add_option("--program", choice.program,
                  "With --runner command: what to start, as 'ssh board ./bench.py' (docs/formats/runner.md)")
      ->type_name("COMMAND");
  command.add_option("--program-timeout", choice.longest, "Longest answer of a program (default 5min)")
      ->type_name("TIME")
      ->check(CLI::Validator(check_duration, ""));
  command.add_option("--provider", choice.provider, "With --runner torch: cpu or cuda (default cpu)")
      ->type_name("NAME");
  command
      .add_option(
          "--precision", choice.precision,
          "With --runner torch or command: fp32, tf32, bf16 or fp16 (default: as the network is written)")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16", "fp16"}));
}

Result<std::unique_ptr<device::Runner>> open_runner(const Session& session, const RunnerChoice& choice,
                                                    const std::string& library) {
  const auto refuse = [](const char* option, const char* runner) {
    return Error{Fault::bad_input, fmt::format("{} belongs to {}", option, runner), "",
                 fmt::format("add {}, or leave {} out", runner, option)};
  };
  const bool asks = choice.name == "torch" || choice.name == "command";
  if (!choice.program.empty() && choice.name != "command") return refuse("--program", "--runner command");
  if (!choice.provider.empty() && !asks) return refuse("--provider", "--runner torch");
  if (!choice.precision.empty() && !asks) return refuse("--precision", "--runner torch");
  if (choice.name.empty()) return open_runner(session, library);
  const device::RunnerCard* card = device::find_runner(choice.name);
  FORECOST_EXPECTS(card != nullptr, "the command line knows the runners");
  device::RunnerOptions options{.library = library, .program = choice.program, .provider = choice.provider};
  options.longest = parse_duration(choice.longest).value_or(options.longest);
  return card->open(*session.system, options);
}

int threads_or_all(const Session& session, const device::Runner& runner, int threads) {
  if (threads > 0 || !runner.measures_itself()) return threads_or_all(session, threads);
  return std::max(1, runner.identity({}).cores);
}

std::string default_device(const Session& session, const RunnerChoice& choice, const device::Runner& runner,
                           int threads) {
  if (!runner.measures_itself()) return default_device(session, threads);
  std::string name = choice.name;
  if (!choice.provider.empty() && check_device_name(choice.provider).empty()) name += "-" + choice.provider;
  name += fmt::format("-t{}", threads_or_all(session, runner, threads));
  if (!choice.precision.empty()) name += "-" + choice.precision;
  return name;
}

}  // namespace forecost::app
