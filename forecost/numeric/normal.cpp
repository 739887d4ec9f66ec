// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/normal.h"

#include <cmath>
#include <numbers>

namespace forecost::numeric {
namespace {

constexpr double half_log_two_pi = 0.91893853320467274178;   // log(2 pi) / 2
constexpr double half_log_half_pi = 0.22579135264472743236;  // log(pi / 2) / 2
constexpr double far = 1e6;

}  // namespace

double scaled_erfc(double x) {
  if (x < 10) return std::exp(x * x) * std::erfc(x);
  // Abramowitz and Stegun 7.1.23
  const double step = 0.5 / (x * x);
  double term = 1;
  double sum = 1;
  for (int k = 1; k <= 8; ++k) {
    term *= -step * (2 * k - 1);
    sum += term;
  }
  return sum / (x * std::sqrt(std::numbers::pi));
}

Tangent log_normal_cdf(double z) {
  const double value = z > -5 ? std::log1p(-0.5 * std::erfc(z / std::numbers::sqrt2))
                              : -0.5 * z * z + std::log(0.5 * scaled_erfc(-z / std::numbers::sqrt2));
  return {value, std::exp(-0.5 * z * z - half_log_two_pi - value)};
}

Tangent log_expected_excess(double z) {
  double value = 0;
  if (z > -1) {
    const double density = std::exp(-0.5 * z * z - half_log_two_pi);
    value = std::log(density + z * 0.5 * std::erfc(-z / std::numbers::sqrt2));
  } else if (z > -far) {
    const double ratio = std::log(scaled_erfc(-z / std::numbers::sqrt2) * -z) + half_log_half_pi;
    const double rest = ratio > -0.6931 ? std::log(-std::expm1(ratio)) : std::log1p(-std::exp(ratio));
    value = -0.5 * z * z - half_log_two_pi + rest;
  } else {
    value = -0.5 * z * z - half_log_two_pi - 2 * std::log(-z);
  }
  return {value, std::exp(log_normal_cdf(z).value - value)};
}

}  // namespace forecost::numeric
