// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

TEST(RandomWalkStrategy, StepsHaveTheDeviationThatIsAskedFor) {
  const auto known = studies::known_problem("branin");
  auto made = find_strategy("random_walk")->make({{"sigma", 0.02}});
  std::vector<Trial> history = {studies::finished(known, 0, {{2.5, 7.5}})};  // the middle
  double squares = 0;
  constexpr int draws = 200;
  for (std::uint64_t seed = 1; seed <= draws; ++seed) {
    const auto unit = known.problem.space.encode((*made)->propose(known.problem, history, seed)->design);
    squares += (unit[0] - 0.5) * (unit[0] - 0.5);
  }
  EXPECT_NEAR(std::sqrt(squares / draws), 0.02, 0.004);  // four standard errors
}

TEST(RandomWalkStrategy, WalksFromTheLeastViolationUntilATrialIsFeasible) {
  const auto known = studies::known_problem("gardner2");
  auto made = find_strategy("random_walk")->make({{"sigma", 0.001}});
  std::vector<Trial> history = {studies::finished(known, 0, {{1, 5}}),
                                studies::finished(known, 1, {{4.7, 1.1}}),
                                studies::finished(known, 2, {{2, 3}})};
  const auto proposal = (*made)->propose(known.problem, history, 1);
  EXPECT_NEAR(proposal->design.values[0], 4.7, 0.05);
  EXPECT_NE(proposal->reason.find("trial 1"), std::string::npos);
}

}  // namespace
}  // namespace forecost::search
