// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "app/command.h"
#include "app/energies.h"
#include "app/tables.h"

namespace forecost::app {
namespace {

struct Listing {
  const char* name;
  report::Report (*report)();
};

/// What depends on the machine.
constexpr const char* sensors = "sensors";

constexpr std::array<Listing, 9> listings{{{"operators", operator_report},
                                           {"runtimes", runtime_report},
                                           {"runners", runner_report},
                                           {"families", family_report},
                                           {"networks", zoo_report},
                                           {"strategies", strategy_report},
                                           {"spaces", space_report},
                                           {"data", data_report},
                                           {"accelerators", accelerator_report}}};

}  // namespace

void add_list(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("list", "What this build knows");
  const auto what = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Listing& listing : listings) names.emplace_back(listing.name);
  names.emplace_back(sensors);
  command
      ->add_option("WHAT", *what,
                   "operators, runtimes, runners, families, networks, strategies, spaces, data, accelerators "
                   "or sensors")
      ->required()
      ->check(CLI::IsMember(names));
  command->footer(examples({"forecost list operators", "forecost list families --format markdown"}));
  command->callback([&invocation, what] {
    if (*what == sensors) {
      invocation.run = [](const Session& session) {
        return print(session, {sensor_report(*session.system)});
      };
    }
    for (const Listing& listing : listings) {
      if (*what != listing.name) continue;
      invocation.run = [&listing](const Session& session) { return print(session, {listing.report()}); };
    }
  });
}

}  // namespace forecost::app
