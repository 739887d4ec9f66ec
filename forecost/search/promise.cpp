// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/promise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecost/numeric/normal.h"

namespace forecost::search {
namespace {

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr double half_log_two_pi = 0.91893853320467274178;

/// log(exp(a) - exp(b)) for a >= b.
double log_difference(double a, double b) {
  if (b == never) return a;
  const double gap = b - a;
  if (!(gap < 0)) return never;
  return a + (gap > -0.6931 ? std::log(-std::expm1(gap)) : std::log1p(-std::exp(gap)));
}

double log_sum(double a, double b) {
  const double high = std::max(a, b);
  return high == never ? never : high + std::log1p(std::exp(std::min(a, b) - high));
}

/// psi(c) = E[max(0, c - y)] with its derivatives: all as logarithms.
struct Shortfall {
  double value = never;
  double by_mean = never;       ///< log -d psi / d mean = log Phi
  double by_deviation = never;  ///< log d psi / d deviation = log phi
};

Shortfall shortfall(const Posterior& y, double c) {
  if (c == never) return {};
  const double deviation = std::sqrt(y.variance);
  const double z = (c - y.mean) / deviation;
  return {.value = numeric::log_expected_excess(z).value + std::log(deviation),
          .by_mean = numeric::log_normal_cdf(z).value,
          .by_deviation = -0.5 * z * z - half_log_two_pi};
}

double bounded_exp(double exponent) {
  return std::exp(std::min(exponent, 300.0));
}

}  // namespace

Promise log_improvement(const Posterior& y, double best) {
  const double deviation = std::sqrt(y.variance);
  const double z = (best - y.mean) / deviation;
  const numeric::Tangent h = numeric::log_expected_excess(z);
  return {.value = h.value + std::log(deviation),
          .by_mean = -h.slope / deviation,
          .by_variance = (1 - h.slope * z) / (2 * y.variance)};
}

Promise log_holding(const Posterior& y, double threshold) {
  const double deviation = std::sqrt(y.variance);
  const double z = (threshold - y.mean) / deviation;
  const numeric::Tangent chance = numeric::log_normal_cdf(z);
  return {.value = chance.value,
          .by_mean = -chance.slope / deviation,
          .by_variance = -chance.slope * z / (2 * y.variance)};
}

std::pair<Promise, Promise> log_front_growth(const Posterior& y1, const Posterior& y2, const Front& front) {
  struct Strip {
    double value;
    double mean1, deviation1, mean2, deviation2;  ///< derivatives of the strip's logarithm
  };
  std::vector<Strip> strips;
  strips.reserve(front.points.size() + 1);
  Shortfall left;
  double total = never;
  for (std::size_t i = 0; i <= front.points.size(); ++i) {
    const Shortfall right =
        shortfall(y1, i < front.points.size() ? front.points[i].first : front.reference.first);
    const Shortfall below = shortfall(y2, i == 0 ? front.reference.second : front.points[i - 1].second);
    const double width = log_difference(right.value, left.value);
    if (width != never) {
      Strip strip{
          .value = width + below.value,
          .mean1 = -bounded_exp(log_difference(right.by_mean, left.by_mean) - width),
          .deviation1 = bounded_exp(right.by_deviation - width) - bounded_exp(left.by_deviation - width),
          .mean2 = -bounded_exp(below.by_mean - below.value),
          .deviation2 = bounded_exp(below.by_deviation - below.value)};
      total = log_sum(total, strip.value);
      strips.push_back(strip);
    }
    left = right;
  }
  std::pair<Promise, Promise> result;
  result.first.value = total;
  result.second.value = total;
  for (const Strip& strip : strips) {
    const double weight = std::exp(strip.value - total);
    result.first.by_mean += weight * strip.mean1;
    result.first.by_variance += weight * strip.deviation1 / (2 * std::sqrt(y1.variance));
    result.second.by_mean += weight * strip.mean2;
    result.second.by_variance += weight * strip.deviation2 / (2 * std::sqrt(y2.variance));
  }
  return result;
}

}  // namespace forecost::search
