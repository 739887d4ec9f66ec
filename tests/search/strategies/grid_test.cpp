// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"

namespace forecost::search {
namespace {

TEST(GridStrategy, VisitsEveryLevelWithEveryChoiceOnceAndThenSaysHowToGoOn) {
  Problem problem;
  problem.space = *Space::make(
      {{.name = "rate", .low = 0.01, .high = 1, .log = true},
       {.name = "act", .kind = Parameter::Kind::categorical, .choices = {"\"relu\"", "\"tanh\""}}});
  problem.objectives = {{.metric = "f"}};
  auto made = find_strategy("grid")->make({{"levels", 3}});
  std::vector<Trial> history;
  std::set<std::pair<double, double>> seen;
  for (int i = 0; i < 6; ++i) {
    Trial trial;
    trial.design = (*made)->propose(problem, history, 1)->design;
    seen.emplace(trial.design.values[0], trial.design.values[1]);
    history.push_back(trial);
  }
  EXPECT_EQ(seen,
            (std::set<std::pair<double, double>>{{0.01, 0}, {0.01, 1}, {0.1, 0}, {0.1, 1}, {1, 0}, {1, 1}}));
  const auto after = (*made)->propose(problem, history, 1);
  ASSERT_FALSE(after.has_value());
  EXPECT_NE(after.error().hint.find("levels"), std::string::npos);
}

}  // namespace
}  // namespace forecost::search
