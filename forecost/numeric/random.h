// SPDX-License-Identifier: Apache-2.0
/// Seeded randomness: the same seed draws the same numbers on every platform and compiler.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace forecost::numeric {

/// xoshiro256++ (Blackman and Vigna 2019) seeded by splitmix64. Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  std::uint64_t bits();
  double uniform();                             ///< [0, 1), 53 bits
  double uniform(double low, double high);      ///< [low, high)
  double log_uniform(double low, double high);  ///< density proportional to 1 / x; 0 < low <= high
  double normal();                              ///< mean 0, deviation 1 (polar method of Marsaglia)
  std::int64_t integer(std::int64_t low, std::int64_t high);  ///< each of low..high alike
  /// Index drawn with probability proportional to its weight; weights >= 0, sum > 0.
  std::size_t choice(std::span<const double> weights);
  /// An independent stream: the same fork of the same seed is the same stream.
  Random fork(std::uint64_t stream) const;

  template <typename Container>
  void shuffle(Container& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(i) - 1))]);
    }
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// One step of splitmix64: mixes a number into 64 well-spread bits.
std::uint64_t mix(std::uint64_t value);

}  // namespace forecost::numeric
