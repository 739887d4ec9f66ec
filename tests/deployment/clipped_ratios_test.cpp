// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/clipped_ratios.h"

#include <algorithm>
#include <limits>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/search/merit.h"

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Trial;
using search::TrialState;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Three widths in a chain: macs 3 a + a b + b c. The middle one matters most.
Problem chain(double bound) {
  Problem problem;
  std::vector<search::Parameter> parameters;
  for (const char* name : {"a", "b", "c"})
    parameters.push_back({.name = name, .kind = search::Parameter::Kind::integer, .low = 8, .high = 64});
  problem.space = search::Space::make(std::move(parameters)).value();
  problem.objectives = {{.metric = "error"}};
  problem.limits = {{.metric = "macs", .bound = bound, .known = true}};
  problem.forecast = [](const Design& d) -> Result<std::vector<search::Known>> {
    return std::vector<search::Known>{
        {3 * d.values[0] + d.values[0] * d.values[1] + d.values[1] * d.values[2], 0}};
  };
  return problem;
}

CompressionOptions all_three() {
  return {.widths = {.parameters = {0, 1, 2}}, .start = {{64, 64, 64}}, .limit = 0};
}

double error_of(const Design& d) {
  return 0.1 / d.values[0] + 2 / d.values[1] + 0.2 / d.values[2];
}

std::vector<Trial> run(const Problem& problem, std::size_t trials, std::uint64_t seed) {
  ClippedRatios strategy(all_three());
  std::vector<Trial> history;
  while (history.size() < trials) {
    const auto proposal = strategy.propose(problem, history, seed).value();
    history.emplace_back();
    history.back().number = static_cast<std::int64_t>(history.size()) - 1;
    history.back().design = proposal.design;
    history.back().reason = proposal.reason;
    history.back().state = TrialState::complete;
    history.back().metrics = {{"error", error_of(proposal.design)}};
  }
  return history;
}

TEST(ClippedRatios, EveryTrialHoldsTheLimitAndIsNew) {
  const Problem problem = chain(2000);
  const std::vector<Trial> trials = run(problem, 40, 1);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    EXPECT_TRUE(problem.allowed(trials[i].design)) << i;
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(search::same(trials[i].design, trials[j].design));
  }
  EXPECT_THAT(trials[0].reason, StartsWith("all widths times"));
  EXPECT_THAT(trials[3].reason, HasSubstr("random ratios"));
  EXPECT_THAT(trials[20].reason, HasSubstr("near those of trial"));
}

TEST(ClippedRatios, BeatsOneFactorForAllWidths) {
  const std::vector<Trial> trials = run(chain(2000), 40, 1);
  double best = std::numeric_limits<double>::infinity();
  for (const Trial& trial : trials) best = std::min(best, trial.metrics.at("error"));
  EXPECT_LT(best, 0.9 * trials[0].metrics.at("error"));
}

TEST(ClippedRatios, StoppingAndGoingOnGivesTheSameTrials) {
  const Problem problem = chain(2000);
  const std::vector<Trial> trials = run(problem, 20, 3);
  for (const std::size_t number : {0U, 5U, 12U, 19U}) {
    ClippedRatios fresh(all_three());
    const auto proposal = fresh.propose(problem, std::span(trials).first(number), 3).value();
    EXPECT_TRUE(search::same(proposal.design, trials[number].design)) << number;
  }
}

TEST(ClippedRatios, SaysWhenNothingHoldsTheLimitOrNothingIsNew) {
  ClippedRatios strategy(all_three());
  EXPECT_EQ(strategy.propose(chain(20), {}, 1).error().fault, Fault::unsupported);
  // 152 macs are those of the narrowest design alone.
  const Problem tight = chain(152);
  const std::vector<Trial> one = run(tight, 1, 1);
  EXPECT_EQ(strategy.propose(tight, one, 1).error().fault, Fault::exhausted);
}

}  // namespace
}  // namespace forecost::deployment
