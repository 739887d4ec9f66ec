// SPDX-License-Identifier: Apache-2.0
// Plain loops over 16 centres, which compilers turn into vector instructions of the width that the caller
// allows; without fused multiply-add, so that widths agree to the bit. exp(-s) = 2^n exp(f) with a polynomial
// for |f| <= ln(2) / 2 (Cephes, expf.c).
#include "forecost/numeric/matern_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

constexpr std::size_t lanes = 16;
/// Half of the lanes: what a register holds.
using Half = float __attribute__((vector_size(lanes / 2 * sizeof(float))));

[[gnu::always_inline]] inline float exp_of_negative(float s) {
  const float x = s < 80.0F ? -s : -80.0F;
  const float shifted =
      x * 1.44269504F + 12582912.0F;  // 1.5 * 2^23: the integer nearest stands in the low bits
  const float whole = shifted - 12582912.0F;
  const float f = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  float power = 1.9875691500e-4F;
  power = power * f + 1.3981999507e-3F;
  power = power * f + 8.3334519073e-3F;
  power = power * f + 4.1665795894e-2F;
  power = power * f + 1.6666665459e-1F;
  power = power * f + 5.0000001201e-1F;
  power = power * (f * f) + f + 1.0F;
  const std::int32_t exponent = std::bit_cast<std::int32_t>(shifted) << 23;
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(power) + exponent);
}

struct View {
  const float* centres;
  const float* weights;
  std::size_t blocks;
  std::size_t columns;
};

[[gnu::always_inline]] inline float sum_at(const View& view, const float* point) {
  std::array<float, lanes> sum{};
  const float* centre = view.centres;
  for (std::size_t block = 0; block < view.blocks; ++block) {
    Half low{};
    Half high{};
    for (std::size_t column = 0; column < view.columns; ++column, centre += lanes) {
      Half gap_low;
      Half gap_high;
      std::memcpy(&gap_low, centre, sizeof gap_low);
      std::memcpy(&gap_high, centre + lanes / 2, sizeof gap_high);
      gap_low -= point[column];
      gap_high -= point[column];
      low += gap_low * gap_low;
      high += gap_high * gap_high;
    }
    std::array<float, lanes> distance;
    std::memcpy(distance.data(), &low, sizeof low);
    std::memcpy(distance.data() + lanes / 2, &high, sizeof high);
    const float* weight = view.weights + block * lanes;
    for (std::size_t i = 0; i < lanes; ++i) {
      const float s = std::sqrt(5.0F * distance[i]);
      sum[i] += weight[i] * ((1.0F + s + s * s * (1.0F / 3.0F)) * exp_of_negative(s));
    }
  }
  for (std::size_t width = lanes / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i) sum[i] += sum[i + width];
  }
  return sum[0];
}

void sums_plain(const View& view, std::span<const float> points, std::span<float> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sum_at(view, points.data() + i * view.columns);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void sums_wide(const View& view, std::span<const float> points,
                                       std::span<float> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sum_at(view, points.data() + i * view.columns);
}
#endif

}  // namespace

MaternSums::MaternSums(std::span<const float> centres, std::span<const float> weights, std::size_t columns)
    : columns_(columns) {
  FORECOST_EXPECTS(centres.size() == weights.size() * columns, "as many centres as weights");
  const std::size_t blocks = (weights.size() + lanes - 1) / lanes;
  weights_.assign(blocks * lanes, 0.0F);
  std::copy(weights.begin(), weights.end(), weights_.begin());
  centres_.assign(blocks * lanes * columns, 0.0F);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (std::size_t column = 0; column < columns; ++column) {
      centres_[((i / lanes) * columns + column) * lanes + i % lanes] = centres[i * columns + column];
    }
  }
}

void MaternSums::evaluate(std::span<const float> points, std::span<float> sums) const {
  FORECOST_EXPECTS(points.size() == sums.size() * columns_, "one sum for each point");
  const View view{centres_.data(), weights_.data(), weights_.size() / lanes, columns_};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) return sums_wide(view, points, sums);
#endif
  sums_plain(view, points, sums);
}

}  // namespace forecost::numeric
