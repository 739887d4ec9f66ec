// SPDX-License-Identifier: Apache-2.0
/// Logarithms of what posteriors promise, with derivatives by mean and variance.
#pragma once

#include <span>
#include <vector>

#include "forecost/search/front.h"
#include "forecost/search/surrogate.h"

namespace forecost::search {

struct Promise {
  double value = 0;
  double by_mean = 0;
  double by_variance = 0;
};

/// log E[max(0, best - y)].
Promise log_improvement(const Posterior& y, double best);
/// log P(y <= threshold).
Promise log_holding(const Posterior& y, double threshold);

/// log of the expected growth of the volume that a front dominates, for independent normal y_j, and its
/// derivatives by each of them. With the boxes (l, u) that no point dominates and psi_j(c) = E[max(0, c -
/// y_j)]:
///
///   sum_boxes prod_j (psi_j(u_j) - psi_j(l_j))      (Emmerich et al. 2016 in strips, Yang et al. 2019)
///
/// O(boxes * objectives).
struct FrontPromise {
  double value = 0;
  std::vector<Promise> by;  ///< per objective; `value` unused
};
FrontPromise log_front_growth(std::span<const Posterior> y, const Front& front);

}  // namespace forecost::search
