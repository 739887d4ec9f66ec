// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/promise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecost/numeric/normal.h"
#include "forecost/outcome/outcome.h"

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

FrontPromise log_front_growth(std::span<const Posterior> y, const Front& front) {
  FORECOST_EXPECTS(y.size() == front.levels.size(), "one posterior for each objective of the front");
  const std::size_t objectives = y.size();
  std::vector<std::vector<Shortfall>> at(objectives);
  for (std::size_t j = 0; j < objectives; ++j) {
    for (const double level : front.levels[j]) at[j].push_back(shortfall(y[j], level));
  }
  struct Side {
    double mean, deviation;  ///< derivatives of the logarithm of one side of a box
  };
  std::vector<double> values;
  std::vector<Side> sides;  // boxes by objectives
  double total = never;
  for (const Front::Box& box : front.boxes) {
    double value = 0;
    for (std::size_t j = 0; j < objectives && value != never; ++j) {
      const Shortfall& low = at[j][box.low[j]];
      const Shortfall& high = at[j][box.high[j]];
      const double width = log_difference(high.value, low.value);
      value = width == never ? never : value + width;
      sides.push_back(
          {.mean = -bounded_exp(log_difference(high.by_mean, low.by_mean) - width),
           .deviation = bounded_exp(high.by_deviation - width) - bounded_exp(low.by_deviation - width)});
    }
    if (value == never) {
      sides.resize(values.size() * objectives);
      continue;
    }
    values.push_back(value);
    total = log_sum(total, value);
  }
  FrontPromise result{.value = total, .by = std::vector<Promise>(objectives)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = std::exp(values[i] - total);
    for (std::size_t j = 0; j < objectives; ++j) {
      const Side& side = sides[i * objectives + j];
      result.by[j].by_mean += weight * side.mean;
      result.by[j].by_variance += weight * side.deviation / (2 * std::sqrt(y[j].variance));
    }
  }
  return result;
}

}  // namespace forecost::search
