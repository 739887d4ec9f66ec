// SPDX-License-Identifier: Apache-2.0
// exp(-s) = 2^n exp(f), |f| <= ln(2) / 2, with the Taylor polynomial of degree 13 (its remainder is below
// 1e-17). Plain loops without fused multiply-add, which compilers turn into vector instructions of the width
// that the caller allows; every width gives the same bits.
#include "forecost/numeric/matern_curve.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

[[gnu::always_inline]] inline double exp_of_negative(double s) {
  const double x = s < 700.0 ? -s : -700.0;
  const double shifted = x * 1.4426950408889634 + 6755399441055744.0;  // 1.5 * 2^52
  const double whole = shifted - 6755399441055744.0;
  const double f = (x - whole * 6.93145751953125e-1) - whole * 1.42860682030941723212e-6;
  double power = 1.0 / 6227020800.0;
  power = power * f + 1.0 / 479001600.0;
  power = power * f + 1.0 / 39916800.0;
  power = power * f + 1.0 / 3628800.0;
  power = power * f + 1.0 / 362880.0;
  power = power * f + 1.0 / 40320.0;
  power = power * f + 1.0 / 5040.0;
  power = power * f + 1.0 / 720.0;
  power = power * f + 1.0 / 120.0;
  power = power * f + 1.0 / 24.0;
  power = power * f + 1.0 / 6.0;
  power = power * f + 0.5;
  power = power * f + 1.0;
  power = power * f + 1.0;
  const auto exponent = static_cast<std::uint64_t>(std::bit_cast<std::uint64_t>(shifted) << 52U);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(power) + exponent);
}

[[gnu::always_inline]] inline void curve(const double* squared, double* value, double* slope,
                                         std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const double distance = std::sqrt(5.0 * squared[i]);
    const double s = distance < 700.0 ? distance : 700.0;
    const double decay = exp_of_negative(s);
    slope[i] = (5.0 / 3.0) * ((1.0 + s) * decay);
    value[i] = (1.0 + s + s * s * (1.0 / 3.0)) * decay;
  }
}

void curve_plain(const double* squared, double* value, double* slope, std::size_t count) {
  curve(squared, value, slope, count);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void curve_wide(const double* squared, double* value, double* slope,
                                        std::size_t count) {
  curve(squared, value, slope, count);
}
#endif

}  // namespace

void matern_curve(std::span<const double> squared, std::span<double> value, std::span<double> slope) {
  FORECOST_EXPECTS(squared.size() == value.size() && squared.size() == slope.size(),
                   "as many results as distances");
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0)
    return curve_wide(squared.data(), value.data(), slope.data(), squared.size());
#endif
  curve_plain(squared.data(), value.data(), slope.data(), squared.size());
}

}  // namespace forecost::numeric
