// SPDX-License-Identifier: Apache-2.0
/// Time that a measuring program adds to whatever it measures, growing from row to row of a foreign file:
/// profilers that collect events do that. It is no part of the kernels.
#pragma once

#include <vector>

#include "forecost/measurement/table.h"
#include "forecost/outcome/outcome.h"

namespace forecost::predictor {

struct Drift {
  std::vector<Seconds> at;  ///< added at even distances from the first row to the last; never falls

  Seconds last() const { return at.empty() ? Seconds{} : at.back(); }
  /// Added to a row when `share` of all rows, 0 ... 1, stand before it; 0 without a drift.
  Seconds after(double share) const;
};

/// The drift of a table whose rows stand in the order in which they were measured:
///   time(row) = kernel(row) + sum of ramps(row)
/// The kernel's part is the physical terms of its path, then, for a sharper view, the same with a residual by
/// trees that have seen two thirds of the rows; the ramps, eight of them, get coefficients >= 0 in a robust
/// fit of relative errors. No drift (empty) where it could not be told from the kernels: fewer than 400 rows,
/// rows ordered by size (rank correlation of row and roofline above 0.2), or a sixth of the error or less
/// explained by it. Fails: as growing trees does. Seconds for 5,000 rows.
Result<Drift> drift_of(const measurement::Table& table);

/// Every row less its drift, but never less than a fifth of its time.
measurement::Table without_drift(measurement::Table table, const Drift& drift);

}  // namespace forecost::predictor
