// SPDX-License-Identifier: Apache-2.0
/// Families side by side on the same folds, and the tables they compete on: other groups, other targets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/measurement/store.h"
#include "forecost/predictor/family.h"
#include "forecost/predictor/validation.h"

namespace forecost::predictor {

/// What the store holds of a device: calibration networks and imported kernels.
/// Fails: `not_found` for a name that the store does not know (the hint has the names); `bad_input` when
/// nothing was measured; as the store does.
Result<measurement::Table> stored_table(measurement::Store& store, const std::string& device);

/// What the families are to forecast in place of time. Time, energy and power are all fitted as positive
/// numbers, so any family will do; forecasts then carry joules or watts where they say seconds.
enum class Target { time, energy, power };
Result<Target> parse_target(std::string_view text);
/// Rows without energy are left out, and so are whole networks. Fails: `bad_input` when no row is left.
Result<measurement::Table> with_target(measurement::Table table, Target target);

/// What `regrouped` takes: "op", "path" and the columns of imported rows.
std::vector<std::string> group_columns(const measurement::Table& table);
/// Rows alike in `column` become one group: never on both sides of a split. Whole networks are left out,
/// since their kernels may be of several groups. Fails: `bad_input` for a column that some row has not.
Result<measurement::Table> regrouped(measurement::Table table, const std::string& column);

/// How one family did.
struct Entrant {
  std::string family;
  std::optional<Validation> validation = {};
  Seconds fit_time = {};   ///< of one fit to all rows
  std::int64_t bytes = 0;  ///< of the saved predictor
  std::int64_t terms = 0;  ///< that a person can read; 0: none
  std::optional<Error> failed = {};
};

struct ComparisonOptions {
  std::vector<std::string> families = {};  ///< empty: every one there is
  int folds = 5;
  FitOptions fit = {};
};

/// Every family on the same folds of groups, in the order asked for. A family that cannot be fitted to this
/// table says why and does not stop the others. `system`: the clock of `fit_time`.
/// Fails: `not_found` for a family that does not exist; `bad_input` for fewer than two groups.
Result<std::vector<Entrant>> compare_families(const measurement::Table& table,
                                              const ComparisonOptions& options, const device::System& system);

}  // namespace forecost::predictor
