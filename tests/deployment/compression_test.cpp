// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/compression.h"

#include <algorithm>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Proposal;
using search::Trial;
using search::TrialState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Two widths that cost a + 3 b; `a` matters ten times as much to the error as `b`.
Problem two_widths(double bound) {
  Problem problem;
  problem.space =
      search::Space::make({{.name = "a", .kind = search::Parameter::Kind::integer, .low = 8, .high = 64},
                           {.name = "b", .kind = search::Parameter::Kind::integer, .low = 8, .high = 64}})
          .value();
  problem.objectives = {{.metric = "error"}};
  problem.limits = {{.metric = "a - b", .bound = 99, .known = true},
                    {.metric = "macs", .bound = bound, .known = true}};
  problem.forecast = [](const Design& design) -> Result<std::vector<search::Known>> {
    return std::vector<search::Known>{{design.values[0] - design.values[1], 0},
                                      {design.values[0] + 3 * design.values[1], 0}};
  };
  return problem;
}

double error_of(const Design& design) {
  return 1 / design.values[0] + 0.1 / design.values[1];
}

CompressionOptions both() {
  return {.widths = {.parameters = {0, 1}}, .start = {{64, 64}}, .limit = 1};
}

Trial judged(const Proposal& proposal, std::size_t number) {
  Trial trial;
  trial.number = static_cast<std::int64_t>(number);
  trial.design = proposal.design;
  trial.state = TrialState::complete;
  trial.metrics["error"] = error_of(proposal.design);
  trial.reason = proposal.reason;
  return trial;
}

/// Runs a strategy to its end; `why` is what it says then.
std::vector<Trial> run(search::Strategy& strategy, const Problem& problem, std::string& why) {
  std::vector<Trial> history;
  while (history.size() < 1000) {
    const Result<Proposal> proposal = strategy.propose(problem, history, 1);
    if (!proposal) {
      why = proposal.error().what;
      break;
    }
    history.push_back(judged(*proposal, history.size()));
  }
  return history;
}

TEST(NetAdapt, NarrowsEachWidthByTheSchedule) {
  NetAdapt strategy(both());
  std::string why;
  const std::vector<Trial> trials = run(strategy, two_widths(100), why);
  ASSERT_GT(trials.size(), 5U);
  EXPECT_THAT(trials[0].design.values, ElementsAre(64, 64));  // costs 256
  // Round 1 asks for 256 - 0.025 * 256 = 249.6.
  EXPECT_THAT(trials[1].design.values, ElementsAre(56, 64));
  EXPECT_THAT(trials[2].design.values, ElementsAre(64, 56));
  // b loses less per cost. Round 2 asks for 232 - 0.96 * 6.4 = 225.856.
  EXPECT_THAT(trials[3].design.values, ElementsAre(56, 56));
  EXPECT_THAT(trials[4].design.values, ElementsAre(64, 48));
  EXPECT_THAT(trials[4].reason, StartsWith("round 2: b narrowed to 48"));
}

TEST(NetAdapt, EndsWhenTheLimitHolds) {
  NetAdapt strategy(both());
  std::string why;
  const std::vector<Trial> trials = run(strategy, two_widths(100), why);
  EXPECT_THAT(why, HasSubstr("the limit holds"));
  const auto cost = [](const Trial& trial) { return trial.design.values[0] + 3 * trial.design.values[1]; };
  EXPECT_LE(std::min(cost(trials.back()), cost(trials[trials.size() - 2])), 100);
}

TEST(NetAdapt, IsMoreAccurateThanOneFactorForAllWhereWidthsDifferInWhatTheyAreGoodFor) {
  const Problem problem = two_widths(100);
  std::string why;
  NetAdapt strategy(both());
  UniformWidths uniform(both());
  double adapted = 1;
  for (const Trial& trial : run(strategy, problem, why)) {
    if (trial.design.values[0] + 3 * trial.design.values[1] <= 100) {
      adapted = std::min(adapted, trial.metrics.at("error"));
    }
  }
  const std::vector<Trial> single = run(uniform, problem, why);
  ASSERT_EQ(single.size(), 1U);
  EXPECT_THAT(single[0].design.values, ElementsAre(24, 24));  // 96 of 100
  EXPECT_LT(adapted, single[0].metrics.at("error"));
}

TEST(NetAdapt, StoppingAndGoingOnGivesTheSameTrials) {
  const Problem problem = two_widths(150);
  std::string why;
  NetAdapt whole(both());
  const std::vector<Trial> trials = run(whole, problem, why);
  for (std::size_t number = 0; number < trials.size(); ++number) {
    NetAdapt fresh(both());
    const auto proposal = fresh.propose(problem, std::span(trials).first(number), 7);
    ASSERT_TRUE(proposal.has_value());
    EXPECT_TRUE(search::same(proposal->design, trials[number].design)) << number;
  }
}

TEST(NetAdapt, ADesignThatFailsIsNotGoneOnFrom) {
  const Problem problem = two_widths(100);
  NetAdapt strategy(both());
  std::string why;
  std::vector<Trial> trials = run(strategy, problem, why);
  trials.resize(3);
  trials[2].state = TrialState::failed;  // b, which was better
  const auto next = strategy.propose(problem, trials, 1);
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->design.values[0], 48);
  trials[1].state = TrialState::failed;
  EXPECT_EQ(strategy.propose(problem, trials, 1).error().fault, Fault::exhausted);
}

TEST(NetAdapt, WhatItCannotGoOnFromIsRefused) {
  const Problem problem = two_widths(100);
  NetAdapt strategy(both());
  std::string why;
  std::vector<Trial> trials = run(strategy, problem, why);
  trials.resize(2);
  trials[1].state = TrialState::running;
  EXPECT_EQ(strategy.propose(problem, trials, 1).error().fault, Fault::unsupported);
  trials[1].state = TrialState::complete;
  trials[1].design.values[0] = 16;
  EXPECT_THAT(strategy.propose(problem, trials, 1).error().what,
              HasSubstr("trial 1 is not of this compression"));
}

TEST(NetAdapt, SaysWhenTheLimitIsOutOfReach) {
  NetAdapt strategy(both());
  std::string why;
  run(strategy, two_widths(10), why);
  EXPECT_THAT(why, HasSubstr("no width can be narrowed any further at 32"));
  UniformWidths uniform(both());
  EXPECT_EQ(uniform.propose(two_widths(10), {}, 1).error().fault, Fault::unsupported);
}

search::StudyFile study_of(const std::string& limits) {
  return search::parse_study("minimise = \"error\"\nlimits = [" + limits +
                                 "]\n[parameters]\nwidth = { type = \"integer\", low = 8, high = 64 }\nrate "
                                 "= { type = \"real\", low = "
                                 "0, high = 1 }\nfeatures = { type = \"integer\", low = 8, high = 32 "
                                 "}\n[network]\ninput = [784]\n"
                                 "layers = [{ type = \"linear\", features = \"$width\" }, { type = "
                                 "\"linear\", features = \"$features\" }]\n",
                             "s.toml")
      .value();
}

TEST(Compression, OfAStudyTakesItsForecastLimitAndTheWidthsOfItsNetwork) {
  const CompressionOptions options =
      compression_of(study_of("\"width <= 99\", \"energy <= 3 J\", \"parameters <= 20 k\""), {}).value();
  EXPECT_EQ(options.limit, 2U);
  EXPECT_THAT(options.widths.parameters, ElementsAre(0, 2));
  EXPECT_THAT(options.start.values, ElementsAre(64, 0.5, 32));
  const std::vector<std::string> names{"features"};
  EXPECT_THAT(compression_of(study_of("\"macs <= 20 k\""), names)->widths.parameters, ElementsAre(2));
}

TEST(Compression, WithoutAForecastLimitOrWithAnUnknownWidthIsRefused) {
  EXPECT_EQ(compression_of(study_of("\"energy <= 3 J\""), {}).error().fault, Fault::unsupported);
  const std::vector<std::string> names{"featurs"};
  EXPECT_THAT(compression_of(study_of("\"macs <= 20 k\""), names).error().hint, HasSubstr("'features'"));
}

}  // namespace
}  // namespace forecost::deployment
