// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/sobol.h"

#include <array>
#include <bit>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

/// One line of new-joe-kuo-6: degree s, polynomial coefficients a, initial numbers m. Dimension 1 has none.
struct Line {
  std::uint32_t degree;
  std::uint32_t polynomial;
  std::array<std::uint32_t, 7> initial;
};

constexpr std::array<Line, Sobol::most_dimensions - 1> lines = {{
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
}};

constexpr std::size_t bits = 32;

std::vector<std::uint32_t> directions_of(std::size_t dimension) {
  std::vector<std::uint32_t> v(bits);
  if (dimension == 0) {
    for (std::size_t i = 0; i < bits; ++i) v[i] = 1U << (31 - i);
    return v;
  }
  const Line& line = lines[dimension - 1];
  const std::size_t s = line.degree;
  for (std::size_t i = 0; i < s; ++i) v[i] = line.initial[i] << (31 - i);
  for (std::size_t i = s; i < bits; ++i) {
    v[i] = v[i - s] ^ (v[i - s] >> s);
    for (std::size_t k = 1; k < s; ++k) {
      if (((line.polynomial >> (s - 1 - k)) & 1U) != 0) v[i] ^= v[i - k];
    }
  }
  return v;
}

}  // namespace

Sobol::Sobol(int dimensions, std::uint64_t seed) {
  FORECOST_EXPECTS(dimensions >= 1 && dimensions <= most_dimensions, "Sobol points have 1 to 21 dimensions");
  Random random(seed);
  for (int d = 0; d < dimensions; ++d) {
    directions_.push_back(directions_of(static_cast<std::size_t>(d)));
    state_.push_back(0);
    shift_.push_back(seed == 0 ? 0U : static_cast<std::uint32_t>(random.bits() >> 32));
  }
}

std::vector<double> Sobol::next() {
  std::vector<double> point(state_.size());
  for (std::size_t d = 0; d < state_.size(); ++d)
    point[d] = static_cast<double>(state_[d] ^ shift_[d]) * 0x1.0p-32;
  const auto bit = static_cast<std::size_t>(std::countr_one(index_++));
  if (bit < bits) {
    for (std::size_t d = 0; d < state_.size(); ++d) state_[d] ^= directions_[d][bit];
  }
  return point;
}

}  // namespace forecost::numeric
