// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/trust_box.h"

#include <algorithm>
#include <cmath>

#include "forecost/outcome/outcome.h"

namespace forecost::search {
namespace {

constexpr double start_half = 0.2;
constexpr double most_half = 0.4;
constexpr double least_half = 1e-3;
constexpr int successes_to_widen = 2;

bool inside(const Observations& seen, const Space& space, const TrustBox& box, Eigen::Index row) {
  for (std::size_t p = 0; p < space.size(); ++p) {
    if (space[p].kind == Parameter::Kind::categorical) continue;
    const double cell = space[p].discrete() ? 1.01 / static_cast<double>(space[p].count()) : 1e-9;
    const auto column = static_cast<Eigen::Index>(p);
    if (std::abs(seen.unit(row, column) - seen.unit(box.centre, column)) > std::max(box.half, cell) + 1e-9)
      return false;
  }
  return true;
}

}  // namespace

TrustBox TrustBox::replay(const Observations& seen, const Space& space, Eigen::Index first) {
  FORECOST_EXPECTS(seen.rows() > 0, "a trust box needs a trial");
  const int failures_to_halve = std::max(3, static_cast<int>(space.size() + 2) / 3);
  TrustBox box{.centre = 0, .half = start_half, .alive = true};
  int successes = 0;
  int failures = 0;
  for (Eigen::Index row = 1; row < seen.rows(); ++row) {
    const bool better = seen.merit[static_cast<std::size_t>(row)].better_than(
        seen.merit[static_cast<std::size_t>(box.centre)]);
    if (row < first) {
      if (better) box.centre = row;
      continue;
    }
    const bool within = inside(seen, space, box, row);
    if (better) {
      if (!within) box.half = start_half;
      box.centre = row;
      failures = 0;
      successes = within ? successes + 1 : 0;
      if (successes >= successes_to_widen) {
        box.half = std::min(most_half, box.half * 1.6);
        successes = 0;
      }
    } else if (within) {
      successes = 0;
      if (++failures >= failures_to_halve) {
        box.half *= 0.5;
        failures = 0;
      }
    }
  }
  box.alive = box.half >= least_half;
  return box;
}

}  // namespace forecost::search
