// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "studies/known_problems.h"
#include "tests/search/known_runs.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using studies::KnownProblem;

/// Squared distance from (7, 7, ..., 7, 0.3, 0.3, ...): integers from 0 to 20, then reals.
KnownProblem integers_and_reals() {
  std::vector<Parameter> parameters;
  for (int i = 0; i < 4; ++i)
    parameters.push_back(
        {.name = "n" + std::to_string(i), .kind = Parameter::Kind::integer, .low = 0, .high = 20});
  for (int i = 0; i < 3; ++i) parameters.push_back({.name = "x" + std::to_string(i), .low = 0, .high = 1});
  KnownProblem known;
  known.problem.space = *Space::make(std::move(parameters));
  known.problem.objectives = {{.metric = "f"}};
  known.evaluate = [](const Design& d) {
    double f = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      const double gap = i < 4 ? (d.values[i] - 7) / 20 : d.values[i] - 0.3;
      f += gap * gap;
    }
    return Metrics{{"f", f}};
  };
  return known;
}

TEST(CmaEs, BeginsAtTheCentre) {
  const auto history = run("cma_es", studies::known_problem("hartmann6"), 1, 4);
  for (const double value : history[0].design.values) EXPECT_DOUBLE_EQ(value, 0.5);
}

TEST(CmaEs, ConvergesOnIntegersAndRealsTogether) {
  EXPECT_LT(best_median("cma_es", integers_and_reals(), 300, 5),
            1e-4);  // every integer right, reals within 0.01
}

TEST(CmaEs, FindsHartmannsMinimumInThreeHundredTrials) {
  EXPECT_LT(best_median("cma_es", studies::known_problem("hartmann6"), 300, 5), -3.1);
}

TEST(CmaEs, FindsFeasibleDesignsFirst) {
  EXPECT_LT(best_median("cma_es", studies::known_problem("cackley10"), 300, 5), 6);
}

TEST(CmaEs, NeverProposesWhatAKnownLimitForbids) {
  const KnownProblem known = studies::known_problem("mixed_cnn_known");
  for (const Trial& trial : run("cma_es", known, 120, 1)) EXPECT_TRUE(feasible(known.problem, trial));
}

TEST(CmaEs, PullsDesignsInsideWhereAlmostEverythingIsForbidden) {
  // A tube of radius 1e-3 around a line: what is drawn lies outside, the ways back lead along the tube.
  KnownProblem known = integers_and_reals();
  known.problem.space =
      *Space::make({{.name = "x", .low = 0, .high = 1}, {.name = "y", .low = 0, .high = 1}});
  known.problem.limits = {{.metric = "g", .bound = 1e-3, .known = true}};
  const auto cost = [](const Design& d) { return std::abs(d.values[0] - d.values[1]); };
  known.problem.forecast = [cost](const Design& d) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = cost(d)}};
  };
  known.evaluate = [cost](const Design& d) {
    return Metrics{{"f", std::abs(d.values[0] - 0.9)}, {"g", cost(d)}};
  };
  const auto history = run("cma_es", known, 80, 1);
  for (const Trial& trial : history) EXPECT_LE(trial.metrics.at("g"), 1e-3);
  EXPECT_LT(best_of(known.problem, history)->metrics.at("f"), 0.2);
}

TEST(CmaEs, StartsAnewWithTwiceThePopulationWhenItHasConverged) {
  KnownProblem known = integers_and_reals();
  known.problem.space =
      *Space::make({{.name = "x", .low = 0, .high = 1}, {.name = "y", .low = 0, .high = 1}});
  known.evaluate = [](const Design& d) {
    return Metrics{{"f", std::abs(d.values[0] - 0.2) + std::abs(d.values[1] - 0.7)}};
  };
  bool again = false;
  bool larger = false;
  for (const Trial& trial : run("cma_es", known, 700, 1)) {
    again = again || trial.reason.find("start run 2") != std::string::npos;
    larger = larger || trial.reason.find("of 12 trials") != std::string::npos;
  }
  EXPECT_TRUE(again);
  EXPECT_TRUE(larger);
}

TEST(CmaEs, RefusesATinyPopulation) {
  const auto refused = find_strategy("cma_es")->make({{"population", 3}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::bad_input);
  EXPECT_FALSE(refused.error().hint.empty());
}

}  // namespace
}  // namespace forecost::search
