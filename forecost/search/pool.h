// SPDX-License-Identifier: Apache-2.0
/// The designs that there are, where a space has more: the rows of a table.
#pragma once

#include <span>
#include <vector>

#include "forecost/search/space.h"

namespace forecost::search {

class Pool {
 public:
  /// Equal designs are kept once, in the order given. At least one.
  explicit Pool(const std::vector<Design>& designs, const Space& space);

  const std::vector<Design>& designs() const { return designs_; }
  bool contains(const Design& design) const;  ///< O(log n)
  /// Indexes by distance from a unit point, nearest first: differing categories count 1, other parameters the
  /// square of their distance. O(n log n).
  std::vector<std::size_t> nearest(std::span<const double> unit) const;

 private:
  std::vector<Design> designs_;
  std::vector<std::vector<double>> units_;
  std::vector<std::size_t> order_;  ///< of the designs by their values
  std::vector<bool> categorical_;
};

}  // namespace forecost::search
