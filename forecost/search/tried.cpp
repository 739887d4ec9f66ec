// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/tried.h"

#include <bit>
#include <cmath>
#include <limits>

namespace forecost::search {
namespace {

std::vector<std::uint64_t> key_of(const Design& design) {
  std::vector<std::uint64_t> key;
  key.reserve(design.values.size());
  for (const double value : design.values) {
    const double plain = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
    key.push_back(std::bit_cast<std::uint64_t>(plain));
  }
  return key;
}

}  // namespace

Tried::Tried(std::span<const Trial> history) {
  for (const Trial& trial : history) add(trial.design);
}

void Tried::add(const Design& design) {
  keys_.insert(key_of(design));
}

bool Tried::contains(const Design& design) const {
  return keys_.count(key_of(design)) != 0;
}

}  // namespace forecost::search
