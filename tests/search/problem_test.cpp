// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/problem.h"

#include <cmath>

#include <gtest/gtest.h>

namespace forecost::search {
namespace {

Problem priced(double deviation, double confidence) {
  Problem problem;
  problem.space = *Space::make({{.name = "x", .low = 0, .high = 10}});
  problem.objectives = {{.metric = "error"}};
  problem.limits = {{.metric = "latency", .bound = 5, .known = true, .unit = "ms"},
                    {.metric = "power", .bound = 80}};
  problem.forecast = [deviation](const Design& d) -> Result<std::vector<Known>> {
    if (d.values[0] > 9) return Error{Fault::bad_input, "no such network", "x", "take less"};
    return std::vector<Known>{{.value = d.values[0], .deviation = deviation}};
  };
  problem.confidence = confidence;
  return problem;
}

Trial trial(double x, Metrics metrics, TrialState state = TrialState::complete) {
  Trial result;
  result.design.values = {x};
  result.metrics = std::move(metrics);
  result.state = state;
  return result;
}

TEST(Problem, AnExactForecastAllowsUpToTheBound) {
  const Problem problem = priced(0, 0.5);
  EXPECT_TRUE(problem.allowed({{5.0}}));
  EXPECT_FALSE(problem.allowed({{5.001}}));
}

TEST(Problem, AnUncertainForecastKeepsItsDistanceFromTheBound) {
  // Phi(1.6449) = 0.95: with a deviation of 1 ms, 3.35 ms hold 5 ms with 95 % and 3.36 do not.
  const Problem problem = priced(1, 0.95);
  EXPECT_TRUE(problem.allowed({{3.35}}));
  EXPECT_FALSE(problem.allowed({{3.36}}));
}

TEST(Problem, WhatCannotBeBuiltIsNotAllowed) {
  EXPECT_FALSE(priced(0, 0.5).allowed({{9.5}}));
}

TEST(Problem, FeasibleNeedsACompleteTrialThatHoldsEveryLimit) {
  const Problem problem = priced(0, 0.5);
  EXPECT_TRUE(feasible(problem, trial(4, {{"error", 1}, {"latency", 4}, {"power", 80}})));
  EXPECT_TRUE(feasible(problem, trial(4, {{"error", 1}, {"power", 80}}))) << "the forecast stands in";
  EXPECT_FALSE(feasible(problem, trial(6, {{"error", 1}, {"power", 80}})));
  EXPECT_FALSE(feasible(problem, trial(4, {{"error", 1}, {"latency", 4}, {"power", 81}})));
  EXPECT_FALSE(feasible(problem, trial(4, {{"error", 1}, {"latency", 4}})));
  EXPECT_FALSE(feasible(problem, trial(4, {{"error", 1}, {"latency", 4}, {"power", NAN}})));
  EXPECT_FALSE(
      feasible(problem, trial(4, {{"error", 1}, {"latency", 4}, {"power", 1}}, TrialState::stopped)));
}

TEST(Problem, TheBestIsTheFirstFeasibleTrialWithTheLeastObjective) {
  const Problem problem = priced(0, 0.5);
  const std::vector<Trial> trials = {
      trial(1, {{"error", 3}, {"power", 1}}), trial(2, {{"error", 1}, {"power", 99}}),
      trial(3, {{"error", 2}, {"power", 1}}), trial(4, {{"error", 2}, {"power", 1}}),
      trial(4, {{"error", NAN}, {"power", 1}})};
  EXPECT_EQ(best_of(problem, trials), &trials[2]);
  EXPECT_EQ(best_of(problem, std::span(trials).subspan(1, 1)), nullptr);
}

TEST(Problem, AnObjectiveCanBeMadeLarge) {
  Problem problem = priced(0, 0.5);
  problem.objectives[0].minimise = false;
  const std::vector<Trial> trials = {trial(1, {{"error", 1}, {"power", 1}}),
                                     trial(2, {{"error", 3}, {"power", 1}})};
  EXPECT_EQ(best_of(problem, trials), &trials[1]);
}

}  // namespace
}  // namespace forecost::search
