// SPDX-License-Identifier: Apache-2.0
/// Robust statistics of small samples.
#pragma once

#include <span>
#include <vector>

namespace forecost::numeric {

/// Sample quantile, linear between order statistics (type 7 of Hyndman and Fan 1996, NumPy's default).
/// `share` in [0, 1]; at least one value. O(n).
double quantile(std::vector<double> values, double share);
double median(std::vector<double> values);

/// Smallest value with at least `share` of the weight at or below it. Weights are >= 0, their sum > 0.
double weighted_quantile(std::span<const double> values, std::span<const double> weights, double share);

/// Median distance from the median, times 1.4826: estimates the standard deviation of a normal sample.
double robust_deviation(std::span<const double> values);

double mean(std::span<const double> values);

/// Rank correlation after Spearman 1904; ties share their mean rank. 0 when either side is constant.
double spearman(std::span<const double> a, std::span<const double> b);

/// Half-width that covers a new exchangeable score with probability `coverage`: the ceil((n + 1) coverage)-th
/// smallest of n scores (split conformal prediction, Vovk et al. 2005). When n is too small for that rank:
/// the largest score times 1 + 1 / n. At least one score.
double conformal_quantile(std::vector<double> scores, double coverage);

}  // namespace forecost::numeric
