// SPDX-License-Identifier: Apache-2.0
/// Which of two trials is better under limits.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "forecost/search/problem.h"

namespace forecost::search {

/// Smaller is better: first the violation, then the objective.
struct Merit {
  double violation =
      0;  ///< sum over the limits of what exceeds them, each in units of its spread; 0: feasible
  double objective = 0;  ///< turned so that small is good

  bool better_than(const Merit& other) const {
    return violation != other.violation ? violation < other.violation : objective < other.objective;
  }
};

/// An objective of a finished trial, turned so that small is good: measured, or else forecast. Nothing when
/// absent or not finite.
std::optional<double> objective_value(const Problem& problem, const Trial& trial, std::size_t objective);

/// The merits of a history by trial number: nothing for trials that are waiting, running or failed, or lack a
/// metric. A limit's spread is the median of |violation| over the history. Known limits that were not
/// measured count as held.
std::vector<std::optional<Merit>> merits(const Problem& problem, std::span<const Trial> history);

/// Index of the best, nothing when there is none. Ties: the earlier.
std::optional<std::size_t> best_merit(std::span<const std::optional<Merit>> merits);

}  // namespace forecost::search
