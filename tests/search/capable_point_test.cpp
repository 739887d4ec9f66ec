// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/capable_point.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

double wide_layers(const Design& design) {
  return static_cast<double>(std::count(design.values.begin(), design.values.end(), 1.0));
}

/// `layers` layers, each narrow, wide (which takes 3 ms) or absent.
Problem layers_of(int layers, double bound) {
  Problem problem;
  std::vector<Parameter> parameters;
  for (int i = 0; i < layers; ++i) {
    parameters.push_back(
        tests::categorical("layer" + std::to_string(i), {"\"narrow\"", "\"wide\"", "\"none\""}));
  }
  problem.space = Space::make(std::move(parameters)).value();
  problem.objectives = {{.metric = "error"}};
  problem.limits = {{.metric = "latency", .bound = bound, .known = true}};
  problem.forecast = [](const Design& d) -> Result<std::vector<Known>> {
    const auto narrow = static_cast<double>(std::count(d.values.begin(), d.values.end(), 0.0));
    return std::vector<Known>{{.value = 3 * wide_layers(d) + narrow}};
  };
  problem.capacity = [](const Design& d) -> Result<Capacity> {
    const auto narrow = static_cast<double>(std::count(d.values.begin(), d.values.end(), 0.0));
    const double sum = 9 * wide_layers(d) + narrow;
    return Capacity{.macs = 1e6 * sum, .parameters = 1e3 * sum, .longest = wide_layers(d) + narrow};
  };
  return problem;
}

TEST(CapablePoint, IsTheLargestNetworkThatHoldsTheLimits) {
  // Of four layers within 8 ms: two wide and two narrow ones are 20 units large and four deep.
  const Problem problem = layers_of(4, 8);
  numeric::Random dice(1);
  const Design best = capable_point(problem, {}, dice)->design;
  EXPECT_EQ(wide_layers(best), 2);
  EXPECT_EQ(std::count(best.values.begin(), best.values.end(), 0.0), 2);
}

TEST(CapablePoint, IsNeverTheSameTwice) {
  const Problem problem = layers_of(4, 8);
  numeric::Random dice(1);
  std::vector<Trial> history;
  std::set<std::vector<double>> seen;
  for (int i = 0; i < 20; ++i) {
    const Design next = capable_point(problem, Tried(history), dice)->design;
    EXPECT_TRUE(problem.allowed(next));
    EXPECT_TRUE(seen.insert(next.values).second);
    history.emplace_back();
    history.back().design = next;
  }
}

TEST(CapablePoint, GrowsWhereTheDesignsAreTooManyToLookAtAll) {
  // 3^30 designs; 60 ms is enough for 15 wide and 15 narrow layers, 150 units. 256 random designs have some
  // ten of each sort.
  const Problem problem = layers_of(30, 60);
  numeric::Random dice(1);
  const Design best = capable_point(problem, {}, dice)->design;
  EXPECT_TRUE(problem.allowed(best));
  EXPECT_GE(wide_layers(best), 14);
}

TEST(CapablePoint, OfATableWithoutNetworksUsesMostOfTheLimits) {
  Problem problem = layers_of(4, 8);
  problem.capacity = nullptr;
  problem.pool = std::make_shared<const Pool>(
      std::vector<Design>{{{0, 0, 0, 0}}, {{1, 1, 2, 2}}, {{1, 1, 0, 2}}, {{1, 1, 1, 1}}}, problem.space);
  numeric::Random dice(1);
  const Proposal proposal = *capable_point(problem, {}, dice);
  EXPECT_TRUE(same(proposal.design, {{1, 1, 0, 2}}));
  EXPECT_EQ(proposal.reason, "a start point: it uses most of what the limits allow");
}

TEST(CapablePoint, IsThereOnlyWhereSomethingIsKnownOfTheNetworks) {
  Problem problem = layers_of(4, 8);
  numeric::Random dice(1);
  problem.known_objectives = {0};
  EXPECT_FALSE(capable_point(problem, {}, dice));
  problem.known_objectives = {};
  problem.capacity = nullptr;
  EXPECT_FALSE(capable_point(problem, {}, dice));
}

TEST(CapablePoint, IsNotThereWhereNoDesignHoldsTheLimits) {
  const Problem problem = layers_of(4, -1);
  numeric::Random dice(1);
  EXPECT_FALSE(capable_point(problem, {}, dice));
}

/// Error falls with what a network holds, and some edges matter more.
double error_of(const Design& design) {
  double error = 10;
  for (std::size_t i = 0; i < design.values.size(); ++i) {
    if (design.values[i] == 1) error -= 1 + 0.1 * static_cast<double>(i);
    if (design.values[i] == 0) error -= 0.5;
  }
  return error;
}

std::vector<Trial> searched(const Problem& problem, const nlohmann::json& options, std::size_t trials,
                            std::uint64_t seed = 1) {
  const auto strategy = find_strategy("constrained_ei")->make(options).value();
  std::vector<Trial> history;
  while (history.size() < trials) {
    Trial trial;
    trial.number = static_cast<std::int64_t>(history.size());
    trial.state = TrialState::complete;
    const Proposal proposal = strategy->propose(problem, history, seed).value();
    trial.design = proposal.design;
    trial.reason = proposal.reason;
    trial.metrics = {{"error", error_of(trial.design)},
                     {"latency", problem.forecast(trial.design)->front().value}};
    history.push_back(std::move(trial));
  }
  return history;
}

TEST(CapablePoint, AreTheFirstTwoThirdsOfTheStartPointsOfConstrainedEi) {
  const auto history = searched(layers_of(4, 8), nlohmann::json::object(), 7);
  for (const Trial& trial : history) {
    const bool capable = trial.reason == "a start point: of the largest networks that hold the limits";
    EXPECT_EQ(capable, trial.number < 5) << trial.number;
  }
}

TEST(CapablePoint, ThePublishedSettingsDoNotKnowOfCapacities) {
  Problem problem = layers_of(4, 8);
  int asked = 0;
  problem.capacity = [&asked](const Design&) -> Result<Capacity> {
    ++asked;
    return Capacity{};
  };
  for (const char* acquisition : {"hw_ieci", "hw_cwei"})
    searched(problem, {{"acquisition", acquisition}}, 10);
  EXPECT_EQ(asked, 0);
  searched(problem, {{"capacity", "ignored"}}, 10);
  EXPECT_EQ(asked, 0);
  searched(problem, {{"acquisition", "log_cei"}}, 10);
  EXPECT_GT(asked, 0);
}

TEST(CapablePoint, KnowingWhatNetworksHoldFindsBetterOnesSooner) {
  const Problem knowing = layers_of(8, 12);
  Problem ignorant = knowing;
  ignorant.capacity = nullptr;
  const auto best = [](const Problem& problem) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto history = searched(problem, nlohmann::json::object(), 12, seed);
      sum += best_of(problem, history)->metrics.at("error");
    }
    return sum / 5;
  };
  EXPECT_LT(best(knowing), best(ignorant));
}

}  // namespace
}  // namespace forecost::search
