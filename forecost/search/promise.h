// SPDX-License-Identifier: Apache-2.0
/// Logarithms of what posteriors promise, with derivatives by mean and variance.
#pragma once

#include <utility>

#include "forecost/search/beliefs.h"

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

/// log of the expected growth of the area that a front dominates, for independent normal y1, y2. With the
/// front (a_i, b_i), i = 1 ... n, a_0 = -infinity, b_0 = r_2, a_n+1 = r_1 and psi(c) = E[max(0, c - y)]:
///
///   sum_i=1..n+1 (psi_1(a_i) - psi_1(a_i-1)) psi_2(b_i-1)      (Emmerich et al. 2016, in strips)
///
/// O(n).
std::pair<Promise, Promise> log_front_growth(const Posterior& y1, const Posterior& y2, const Front& front);

}  // namespace forecost::search
