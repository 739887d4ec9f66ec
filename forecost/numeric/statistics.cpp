// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

double quantile(std::vector<double> values, double share) {
  FORECOST_EXPECTS(!values.empty(), "a quantile needs at least one value");
  FORECOST_EXPECTS(share >= 0 && share <= 1, "a quantile's share lies in [0, 1]");
  const double position = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double low = *at;
  const double fraction = position - static_cast<double>(below);
  if (fraction == 0) return low;
  return low + fraction * (*std::min_element(at + 1, values.end()) - low);
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

double weighted_quantile(std::span<const double> values, std::span<const double> weights, double share) {
  FORECOST_EXPECTS(!values.empty() && values.size() == weights.size(),
                   "one weight for each of at least one value");
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double seen = 0;
  for (std::size_t index : order) {
    seen += weights[index];
    if (seen >= share * total) return values[index];
  }
  return values[order.back()];
}

double robust_deviation(std::span<const double> values) {
  const double centre = median({values.begin(), values.end()});
  std::vector<double> distances;
  distances.reserve(values.size());
  for (double value : values) distances.push_back(std::abs(value - centre));
  return 1.4826 * median(std::move(distances));
}

double mean(std::span<const double> values) {
  FORECOST_EXPECTS(!values.empty(), "a mean needs at least one value");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

namespace {

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) rank[order[i]] = 0.5 * static_cast<double>(first + last);
    first = last + 1;
  }
  return rank;
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  FORECOST_EXPECTS(a.size() == b.size(), "a rank correlation compares samples of one size");
  if (a.empty()) return 0;
  const std::vector<double> x = ranks(a);
  const std::vector<double> y = ranks(b);
  const double centre = 0.5 * static_cast<double>(a.size() - 1);
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - centre) * (x[i] - centre);
    yy += (y[i] - centre) * (y[i] - centre);
    xy += (x[i] - centre) * (y[i] - centre);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

double conformal_quantile(std::vector<double> scores, double coverage) {
  FORECOST_EXPECTS(!scores.empty(), "a conformal quantile needs at least one score");
  std::sort(scores.begin(), scores.end());
  const auto count = static_cast<double>(scores.size());
  const double rank = std::ceil((count + 1) * coverage);
  if (rank > count) return scores.back() * (1 + 1 / count);
  return scores[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace forecost::numeric
