// SPDX-License-Identifier: Apache-2.0
/// Finds the most promising design in a mixed space under known limits.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/acquisition.h"
#include "forecost/search/observations.h"
#include "forecost/search/tried.h"

namespace forecost::search {

/// Bounds per parameter in unit coordinates. Categorical parameters are not bound.
struct UnitBox {
  std::vector<double> low;
  std::vector<double> high;

  static UnitBox whole(const Space& space);
  static UnitBox around(const Space& space, std::span<const double> centre, double half);
  bool holds(const Space& space, std::span<const double> unit) const;
};

struct SearchStart {
  UnitBox box;
  std::vector<std::vector<double>> good;  ///< trials worth starting near, best first
  double spray = 0.1;                     ///< deviation of the widest spray around them
  double stay = 0;  ///< chance that an even point keeps a categorical choice of the first good trial
};

/// Even points of the box and sprays around good trials are ranked; the best few climb: L-BFGS on the reals,
/// exhaustive or growing steps on each discrete parameter, small random steps where known limits cut the
/// way. Returns the best design that was not tried, nothing when none was found. A space of at most 2048
/// designs is ranked whole. Work is bounded: about five milliseconds at 100 trials in ten dimensions with two
/// limits.
std::optional<Candidate> most_promising(const Acquisition& acquisition, const Tried& tried,
                                        const Observations& seen, const SearchStart& start,
                                        numeric::Random& random);

}  // namespace forecost::search
