// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

TEST(SobolStrategy, SixteenPointsHitEachOfSixteenCells) {
  // The first 2^4 points of a two-dimensional Sobol sequence, digitally shifted or not, are a (0, 4, 2) net.
  const auto known = studies::known_problem("branin");
  auto made = find_strategy("sobol")->make(nlohmann::json::object());
  std::vector<Trial> history;
  std::set<std::pair<int, int>> cells;
  for (int i = 0; i < 16; ++i) {
    history.push_back(studies::finished(known, i, (*made)->propose(known.problem, history, 3)->design));
    const auto unit = known.problem.space.encode(history.back().design);
    cells.emplace(static_cast<int>(unit[0] * 4), static_cast<int>(unit[1] * 4));
  }
  EXPECT_EQ(cells.size(), 16U);
}

}  // namespace
}  // namespace forecost::search
