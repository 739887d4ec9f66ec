// SPDX-License-Identifier: Apache-2.0
/// Points that fill a cube more evenly than random ones.
#pragma once

#include <cstdint>
#include <vector>

namespace forecost::numeric {

/// Sobol sequence in up to 21 dimensions (direction numbers of Joe and Kuo 2008, new-joe-kuo-6.21201),
/// shifted by a seeded random digital shift; seed 0 leaves the sequence as published (its first point is then
/// the origin).
class Sobol {
 public:
  static constexpr int most_dimensions = 21;

  explicit Sobol(int dimensions, std::uint64_t seed = 0);
  /// The next point, each coordinate in [0, 1). The first 2^32 points exist. O(dimensions).
  std::vector<double> next();

 private:
  std::vector<std::vector<std::uint32_t>> directions_;  ///< per dimension, 32 numbers
  std::vector<std::uint32_t> state_;
  std::vector<std::uint32_t> shift_;
  std::uint32_t index_ = 0;
};

}  // namespace forecost::numeric
