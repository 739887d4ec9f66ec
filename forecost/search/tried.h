// SPDX-License-Identifier: Apache-2.0
/// Which designs were proposed already.
#pragma once

#include <set>
#include <span>
#include <vector>

#include "forecost/search/problem.h"

namespace forecost::search {

/// The designs of a history, waiting and running trials too. O(log n) to ask.
class Tried {
 public:
  Tried() = default;
  explicit Tried(std::span<const Trial> history);
  void add(const Design& design);
  bool contains(const Design& design) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::set<std::vector<std::uint64_t>> keys_;  ///< bits of the values
};

}  // namespace forecost::search
