// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

using nlohmann::json;

/// One parameter of four choices; error and time of each are given.
Problem four_choices(bool second_objective) {
  Problem problem;
  problem.space = *Space::make(
      {{.name = "net", .kind = Parameter::Kind::categorical, .choices = {"\"a\"", "\"b\"", "\"c\"", "\"d\""}},
       {.name = "seed", .low = 0, .high = 1}});
  problem.objectives = {{.metric = "error"}};
  if (second_objective) {
    problem.objectives.push_back({.metric = "time"});
  } else {
    problem.limits = {{.metric = "time", .bound = 10}};
  }
  return problem;
}

std::vector<Trial> trials_of(const std::vector<std::pair<double, double>>& error_and_time, int rounds) {
  std::vector<Trial> history;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t code = 0; code < error_and_time.size(); ++code) {
      Trial trial;
      trial.number = static_cast<std::int64_t>(history.size());
      trial.state = TrialState::complete;
      trial.design.values = {static_cast<double>(code), 0.05 + 0.1 * (round % 10)};
      trial.metrics = {{"error", error_and_time[code].first}, {"time", error_and_time[code].second}};
      history.push_back(std::move(trial));
    }
  }
  return history;
}

/// The choice that a policy proposes most often.
int favourite(const json& options, const std::vector<std::pair<double, double>>& error_and_time,
              bool second_objective = false) {
  auto made = find_strategy("reinforce")->make(options);
  const Problem problem = four_choices(second_objective);
  const auto history = trials_of(error_and_time, 10);
  std::map<int, int> counts;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto proposal = (*made)->propose(problem, history, seed);
    if (!proposal.has_value()) throw std::runtime_error(to_string(proposal.error()));
    ++counts[static_cast<int>(proposal->design.values[0])];
  }
  int best = 0;
  for (const auto& [code, count] : counts) best = count > counts[best] ? code : best;
  return best;
}

// b is the most accurate and twice too slow, c the most accurate within the limit, d the fastest.
const std::vector<std::pair<double, double>> nets = {{0.5, 9}, {0.1, 20}, {0.25, 8}, {0.4, 0.5}};

TEST(Reinforce, TheHardRewardDividesByWhatExceedsALimit) {
  // q: a 0, b 1, c 0.625, d 0.25 (80 % quantile of errors: 0.5); b / 2 is less than c
  EXPECT_EQ(favourite({{"reward", "mnasnet_hard"}}, nets), 2);
}

TEST(Reinforce, TheSoftRewardTradesTimeForQuality) {
  // Doubling the time costs five percent: b has 2^-0.07 = 0.953, c 0.625 0.8^-0.07 = 0.635.
  EXPECT_EQ(favourite({{"reward", "mnasnet_soft"}}, nets), 1);
}

TEST(Reinforce, TheConstrainedRewardIsNothingBeyondALimit) {
  EXPECT_EQ(favourite({{"reward", "monas_constrained"}}, nets), 2);
}

TEST(Reinforce, TheMixedRewardFollowsItsWeight) {
  EXPECT_EQ(favourite({{"reward", "monas_mixed"}, {"weight", 1.0}}, nets), 1);
  EXPECT_EQ(favourite({{"reward", "monas_mixed"}, {"weight", 0.1}}, nets), 3);
}

TEST(Reinforce, TheMixedRewardWeighsTwoObjectives) {
  EXPECT_EQ(favourite({{"reward", "monas_mixed"}, {"weight", 1.0}}, nets, true), 1);
  EXPECT_EQ(favourite({{"reward", "monas_mixed"}, {"weight", 0.0}}, nets, true), 3);
}

TEST(Reinforce, AFailedTrialIsAvoided) {
  auto history = trials_of({{0.3, 5}, {0.3, 5}, {0.3, 5}, {0.31, 5}}, 10);
  for (Trial& trial : history) {
    if (trial.design.values[0] != 2) continue;
    trial.state = TrialState::failed;
    trial.metrics.clear();
  }
  auto made = find_strategy("reinforce")->make(json::object());
  int failing = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto proposal = (*made)->propose(four_choices(false), history, seed);
    failing += proposal->design.values[0] == 2 ? 1 : 0;
  }
  EXPECT_LT(failing, 8);  // 15 of 60 would be even
}

TEST(Reinforce, RefusesSeveralObjectivesWithTheRewardThatWeighsThem) {
  auto made = find_strategy("reinforce")->make(json::object());
  const auto refused = (*made)->propose(studies::known_problem("branin_currin").problem, {}, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::unsupported);
  EXPECT_NE(refused.error().hint.find("monas_mixed"), std::string::npos);
}

}  // namespace
}  // namespace forecost::search
