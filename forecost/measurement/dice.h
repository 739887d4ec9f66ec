// SPDX-License-Identifier: Apache-2.0
/// Seeded choices for drawing network shapes: the same seed gives the same network on every machine.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"

namespace forecost::measurement {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  double uniform() { return random_.uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  /// Uniform integer in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) { return random_.integer(low, high); }
  /// Log-uniform integer in [low, high]: small and large are equally likely.
  std::int64_t spread(std::int64_t low, std::int64_t high) {
    const double ratio = static_cast<double>(high + 1) / static_cast<double>(low);
    return std::min(high, static_cast<std::int64_t>(static_cast<double>(low) * std::pow(ratio, uniform())));
  }
  template <typename T>
  T pick(std::initializer_list<T> options) {
    FORECOST_EXPECTS(options.size() > 0, "pick from nothing");
    return options.begin()[between(0, static_cast<std::int64_t>(options.size()) - 1)];
  }
  /// A channel count as networks use them: mostly multiples of 8, sometimes of 4, seldom odd.
  std::int64_t channels(std::int64_t low, std::int64_t high) {
    const std::int64_t raw = spread(low, high);
    const double kind = uniform();
    const std::int64_t step = kind < 0.45 ? 16 : kind < 0.8 ? 8 : kind < 0.93 ? 4 : 1;
    return std::max<std::int64_t>(step, (raw + step / 2) / step * step);
  }
  /// 1 and 8 most often, as inference servers and phones do.
  std::int64_t batch() { return pick<std::int64_t>({1, 1, 1, 1, 1, 2, 4, 8, 8, 8}); }

 private:
  numeric::Random random_;
};

}  // namespace forecost::measurement
