// SPDX-License-Identifier: Apache-2.0
/// What the store holds of a device, chosen and grouped by options that `fit` and `compare-families` share.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "app/session.h"
#include "forecost/measurement/table.h"

namespace forecost::app {

struct StoredOptions {
  std::string device;  ///< empty: this machine with all cores, or the only device there is
  std::string group_by;
  int folds = 5;
  std::uint64_t seed = 1;
};

/// Adds --on, --group-by, --folds and --seed.
void add_stored_options(CLI::App& command, StoredOptions& options);

/// Fills in the device. Fails: as predictor::stored_table and predictor::regrouped do.
Result<measurement::Table> stored_table(StoredOptions& options, const Session& session);

}  // namespace forecost::app
