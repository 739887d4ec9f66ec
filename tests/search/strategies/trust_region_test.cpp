// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/strategy.h"
#include "forecost/search/trust_rounds.h"
#include "studies/known_problems.h"
#include "tests/search/known_runs.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using studies::KnownProblem;

/// 40 numbers, 10 choices and 10 integers; a forecast that a fifth of uniform designs holds. Optimum 0.
KnownProblem sixty_parameters() {
  std::vector<Parameter> parameters;
  for (int i = 0; i < 40; ++i) parameters.push_back({.name = "x" + std::to_string(i), .low = -1, .high = 2});
  for (int i = 0; i < 10; ++i) {
    parameters.push_back({.name = "c" + std::to_string(i),
                          .kind = Parameter::Kind::categorical,
                          .choices = {"\"a\"", "\"b\"", "\"c\""}});
  }
  for (int i = 0; i < 10; ++i)
    parameters.push_back(
        {.name = "n" + std::to_string(i), .kind = Parameter::Kind::integer, .low = 0, .high = 9});
  KnownProblem known;
  known.problem.space = *Space::make(std::move(parameters));
  known.problem.objectives = {{.metric = "f"}};
  known.problem.limits = {{.metric = "cost", .bound = 15, .known = true}, {.metric = "g", .bound = 20}};
  const auto cost = [](const Design& d) {
    double sum = 0;
    for (std::size_t i = 0; i < 40; ++i) sum += d.values[i];
    return sum;
  };
  known.problem.forecast = [cost](const Design& d) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = cost(d)}};
  };
  known.evaluate = [cost](const Design& d) {
    double f = 0;
    double g = 0;
    for (std::size_t i = 0; i < 40; ++i) f += d.values[i] * d.values[i];
    for (std::size_t i = 40; i < 50; ++i) f += d.values[i] == 1 ? 0 : 1;
    for (std::size_t i = 50; i < 60; ++i) {
      f += 0.1 * std::abs(d.values[i] - 3);
      g += d.values[i] * 0.5;
    }
    return Metrics{{"f", f}, {"cost", cost(d)}, {"g", g}};
  };
  return known;
}

TEST(TrustRegion, FindsFeasibleDesignsInTwentyDimensionsWhereUniformDrawsFindNone) {
  const KnownProblem known = studies::known_problem("cackley20");
  EXPECT_FALSE(std::isfinite(best_median("random", known, 100, 3)));
  EXPECT_LT(best_median("trust_region", known, 100, 3), 8);  // designs of the ball lie between 0 and 11
}

TEST(TrustRegion, BeatsRandomAndConstrainedEiOnKeanesBumpInThirtyDimensions) {
  const KnownProblem known = studies::known_problem("keane30");
  const double reached = best_median("trust_region", known, 100, 3);
  EXPECT_LT(reached, best_median("random", known, 100, 3));
  EXPECT_LT(reached, best_median("constrained_ei", known, 100, 3));
}

TEST(TrustRegion, HoldsAKnownLimitInSixtyMixedParametersAndImprovesOnRandom) {
  const KnownProblem known = sixty_parameters();
  const auto history = run("trust_region", known, 120, 1);
  for (const Trial& trial : history) EXPECT_LE(trial.metrics.at("cost"), 15);
  const auto blind = run("random", known, 120, 1);
  EXPECT_LT(best_of(known.problem, history)->metrics.at("f"),
            0.6 * best_of(known.problem, blind)->metrics.at("f"));
}

TEST(TrustRegion, ParallelProposalsDiffer) {
  const KnownProblem known = studies::known_problem("hartmann6");
  auto history = run("trust_region", known, 20, 1);
  auto made = find_strategy("trust_region")->make(json::object());
  for (int i = 0; i < 4; ++i) {
    auto proposal = (*made)->propose(known.problem, history, 1);
    ASSERT_TRUE(proposal.has_value());
    for (const Trial& trial : history) {
      double gap = 0;
      for (std::size_t p = 0; p < 6; ++p)
        gap = std::max(gap, std::abs(trial.design.values[p] - proposal->design.values[p]));
      EXPECT_GT(gap, 1e-4);
    }
    Trial trial;
    trial.number = static_cast<std::int64_t>(history.size());
    trial.design = proposal->design;
    trial.state = TrialState::running;
    history.push_back(std::move(trial));
  }
}

/// Rows whose objective is given; the first `initial` spread.
Observations rows_of(const std::vector<double>& objectives) {
  Observations seen;
  const auto rows = static_cast<Eigen::Index>(objectives.size());
  seen.x = Eigen::MatrixXd::Zero(rows, 1);
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    seen.trial.push_back(i);
    seen.merit.push_back({.violation = 0, .objective = objectives[i]});
  }
  return seen;
}

TEST(TrustRound, SuccessesDoubleTheSideAndFailuresHalveIt) {
  const TrustRules rules{.initial = 2, .successes = 2, .failures = 3};
  const auto side = [&](const std::vector<double>& objectives) {
    const Observations seen = rows_of(objectives);
    return TrustRound::replay(seen, seen.rows(), rules).side;
  };
  EXPECT_DOUBLE_EQ(side({9, 8}), 0.8);
  EXPECT_DOUBLE_EQ(side({9, 8, 7}), 0.8);
  EXPECT_DOUBLE_EQ(side({9, 8, 7, 6}), 1.6);
  EXPECT_DOUBLE_EQ(side({9, 8, 7, 6, 9, 9, 9}), 0.8);
  EXPECT_DOUBLE_EQ(side({9, 8, 7, 6, 5, 4}), 1.6);  // no wider
}

TEST(TrustRound, EndsWhenItHasShrunkAndStartsAnewWithoutACentre) {
  const TrustRules rules{
      .initial = 2, .successes = 2, .failures = 1, .start = 0.8, .most = 1.6, .least = 0.3};
  const Observations seen = rows_of({5, 4, 6, 7, 9, 8, 7});
  const TrustRound ended = TrustRound::replay(seen, 4, rules);
  EXPECT_EQ(ended.number, 1U);
  EXPECT_EQ(ended.first, 4);
  EXPECT_TRUE(ended.spreads);
  EXPECT_FALSE(ended.centre.has_value());
  const TrustRound anew = TrustRound::replay(seen, 7, rules);
  EXPECT_EQ(anew.centre, 6);  // not the better one of the round before
  EXPECT_FALSE(anew.spreads);
}

TEST(TrustRegion, RefusesSeveralObjectivesWithAHint) {
  auto made = find_strategy("trust_region")->make(json::object());
  const auto refused = (*made)->propose(studies::known_problem("branin_currin").problem, {}, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::unsupported);
  EXPECT_FALSE(refused.error().hint.empty());
}

}  // namespace
}  // namespace forecost::search
