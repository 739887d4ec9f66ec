// SPDX-License-Identifier: Apache-2.0
/// The neighbourhood of the best trial in which refining still pays.
#pragma once

#include <cstddef>

#include "forecost/search/observations.h"

namespace forecost::search {

/// A cube in unit coordinates. Replayed from the trials, so that it needs no memory: two successes in a row
/// (a trial inside is the new best) widen it, failures (trials inside that are not) halve it, and a new best
/// outside of it moves it there and resets it, after TuRBO and SCBO (Eriksson et al. 2019, 2021).
struct TrustBox {
  Eigen::Index centre = 0;  ///< row of the best trial
  double half = 0.2;        ///< half of the side
  bool alive = true;        ///< false once it has shrunk below a thousandth

  static TrustBox replay(const Observations& seen, const Space& space, Eigen::Index first);
};

}  // namespace forecost::search
