// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/pull.h"

#include <utility>

namespace forecost::search {
namespace {

constexpr int halvings = 6;

}  // namespace

std::optional<Design> pulled_inside(const Problem& problem, const std::vector<double>& inside,
                                    const Design& outside) {
  const std::vector<double> end = problem.space.encode(outside);
  std::optional<Design> found;
  double low = 0;
  double high = 1;
  for (int i = 0; i < halvings; ++i) {
    const double middle = 0.5 * (low + high);
    std::vector<double> unit = inside;
    for (std::size_t p = 0; p < unit.size(); ++p) unit[p] += middle * (end[p] - unit[p]);
    Design design = problem.space.decode(unit);
    if (problem.allowed(design)) {
      found = std::move(design);
      low = middle;
    } else {
      high = middle;
    }
  }
  return found;
}

}  // namespace forecost::search
