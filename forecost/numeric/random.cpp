// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/random.h"

#include <bit>
#include <cmath>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) {
    word = mix(seed);
    seed += 0x9e3779b97f4a7c15ULL;
  }
}

std::uint64_t Random::bits() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

double Random::log_uniform(double low, double high) {
  FORECOST_EXPECTS(low > 0 && low <= high, "a log-uniform range is positive and ordered");
  return low * std::exp(uniform() * std::log(high / low));
}

double Random::normal() {
  for (;;) {
    const double u = uniform(-1, 1);
    const double v = uniform(-1, 1);
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * std::log(s) / s);
  }
}

std::int64_t Random::integer(std::int64_t low, std::int64_t high) {
  FORECOST_EXPECTS(low <= high, "a range of integers is ordered");
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  if (count == 0) return static_cast<std::int64_t>(bits());
  const std::uint64_t rejected = (0 - count) % count;
  std::uint64_t draw = bits();
  while (draw < rejected) draw = bits();
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + draw % count);
}

std::size_t Random::choice(std::span<const double> weights) {
  double total = 0;
  for (double weight : weights) total += weight;
  FORECOST_EXPECTS(total > 0, "a choice needs a positive weight");
  double left = uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    left -= weights[i];
    if (left < 0) return i;
  }
  return last;
}

Random Random::fork(std::uint64_t stream) const {
  return Random(mix(state_[0] ^ mix(stream)) ^ state_[2]);
}

}  // namespace forecost::numeric
