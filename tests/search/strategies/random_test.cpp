// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

TEST(RandomStrategy, DrawsEachThirdOfARangeAlike) {
  const auto known = studies::known_problem("branin");
  auto made = find_strategy("random")->make(nlohmann::json::object());
  const auto& strategy = made.value();
  std::vector<Trial> history;
  int low = 0;
  for (int i = 0; i < 300; ++i) {
    history.push_back(studies::finished(known, i, strategy->propose(known.problem, history, 7)->design));
    low += history.back().design.values[0] < 0 ? 1 : 0;
  }
  EXPECT_NEAR(low, 100, 33);  // four standard deviations
}

TEST(RandomStrategy, AnotherSeedDrawsAnotherDesign) {
  const auto known = studies::known_problem("branin");
  auto made = find_strategy("random")->make(nlohmann::json::object());
  const auto& strategy = made.value();
  EXPECT_FALSE(
      same(strategy->propose(known.problem, {}, 1)->design, strategy->propose(known.problem, {}, 2)->design));
}

}  // namespace
}  // namespace forecost::search
