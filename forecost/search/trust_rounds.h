// SPDX-License-Identifier: Apache-2.0
/// The state of a search by trust regions that start anew when they have shrunk.
#pragma once

#include <cstddef>
#include <optional>

#include "forecost/search/observations.h"

namespace forecost::search {

/// The counters of TuRBO and SCBO (Eriksson et al. 2019; Eriksson and Poloczek 2021).
struct TrustRules {
  int initial = 10;    ///< start points of each round
  int successes = 3;   ///< in a row double the side
  int failures = 5;    ///< in a row halve it
  double start = 0.8;  ///< side in unit coordinates
  double most = 1.6;
  double least = 0.0078125;  ///< 0.5^7: a smaller side ends the round
};

/// Replayed from the trials, so that it needs no memory. In each round the first trials spread; after them
/// each trial is a success when it is better than the round's best by a thousandth of what the round's best
/// is better than its median, else a failure.
struct TrustRound {
  std::size_t number = 0;  ///< rounds that ended
  Eigen::Index first = 0;  ///< row of the round's first trial
  bool spreads = true;     ///< it wants more start points
  double side = 0;
  std::optional<Eigen::Index> centre;  ///< row of the round's best trial

  /// The state after the first `rows` rows.
  static TrustRound replay(const Observations& seen, Eigen::Index rows, const TrustRules& rules);
};

}  // namespace forecost::search
