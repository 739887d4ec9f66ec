// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/pool.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "forecost/outcome/outcome.h"

namespace forecost::search {
namespace {

constexpr double not_active = -1e300;

bool before(const Design& a, const Design& b) {
  return std::lexicographical_compare(
      a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
      [](double x, double y) { return (std::isnan(x) ? not_active : x) < (std::isnan(y) ? not_active : y); });
}

}  // namespace

Pool::Pool(const std::vector<Design>& designs, const Space& space) {
  std::set<Design, decltype(&before)> seen(&before);
  for (const Design& design : designs) {
    if (!seen.insert(design).second) continue;
    designs_.push_back(design);
    units_.push_back(space.encode(design));
  }
  FORECOST_EXPECTS(!designs_.empty(), "a pool has a design");
  for (const Parameter& p : space.parameters())
    categorical_.push_back(p.kind == Parameter::Kind::categorical);
  order_.resize(designs_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(),
            [this](std::size_t a, std::size_t b) { return before(designs_[a], designs_[b]); });
}

bool Pool::contains(const Design& design) const {
  const auto place = std::lower_bound(
      order_.begin(), order_.end(), design,
      [this](std::size_t index, const Design& wanted) { return before(designs_[index], wanted); });
  return place != order_.end() && !before(design, designs_[*place]);
}

std::vector<std::size_t> Pool::nearest(std::span<const double> unit) const {
  std::vector<double> distance(designs_.size(), 0.0);
  for (std::size_t i = 0; i < distance.size(); ++i) {
    for (std::size_t p = 0; p < unit.size(); ++p) {
      const double gap = units_[i][p] - unit[p];
      distance[i] += categorical_[p] ? (std::abs(gap) > 1e-9 ? 1.0 : 0.0) : gap * gap;
    }
  }
  std::vector<std::size_t> order(distance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance[a] < distance[b]; });
  return order;
}

}  // namespace forecost::search
