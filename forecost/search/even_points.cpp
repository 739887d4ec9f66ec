// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/even_points.h"

#include <algorithm>

namespace forecost::search {

EvenPoints::EvenPoints(const Space& space, std::uint64_t seed) : dimensions_(space.size()), random_(seed) {
  const auto even = std::min<std::size_t>(dimensions_, numeric::Sobol::most_dimensions);
  if (even > 0) sobol_.emplace(static_cast<int>(even), random_.bits() | 1U);
}

std::vector<double> EvenPoints::next() {
  std::vector<double> point = sobol_ ? sobol_->next() : std::vector<double>{};
  while (point.size() < dimensions_) point.push_back(random_.uniform());
  return point;
}

}  // namespace forecost::search
