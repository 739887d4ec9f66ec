// SPDX-License-Identifier: Apache-2.0
#include "app/stored.h"

#include <algorithm>

#include "app/devices.h"
#include "forecost/predictor/comparison.h"

namespace forecost::app {

void add_stored_options(CLI::App& command, StoredOptions& options) {
  command
      .add_option("--on", options.device, "Measured device (default: this machine, or the only one there is)")
      ->type_name("DEVICE")
      ->check(CLI::Validator(check_device_name, ""));
  command
      .add_option("--group-by", options.group_by,
                  "Rows alike in it are left out together: op, path or an imported column (default: network)")
      ->type_name("COLUMN");
  command.add_option("--folds", options.folds, "Folds of the cross-validation (default 5)")
      ->type_name("N")
      ->check(CLI::Range(2, 100));
  command.add_option("--seed", options.seed, "Seed of the folds")->type_name("N");
}

Result<measurement::Table> stored_table(StoredOptions& options, const Session& session) {
  std::error_code fault;
  std::filesystem::create_directories(session.home, fault);
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  if (options.device.empty()) {
    options.device = default_device(session, 0);
    FORECOST_TRY(const std::vector<device::Card> cards, store.devices());
    const bool here = std::any_of(cards.begin(), cards.end(), [&](const device::Card& card) {
      return card.identity.name == options.device;
    });
    if (!here && cards.size() == 1) options.device = cards.front().identity.name;
  }
  FORECOST_TRY(measurement::Table table, predictor::stored_table(store, options.device));
  if (options.group_by.empty()) return table;
  return predictor::regrouped(std::move(table), options.group_by);
}

}  // namespace forecost::app
