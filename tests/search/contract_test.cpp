// SPDX-License-Identifier: Apache-2.0
// What every strategy owes; a new line in strategies.txt is tested here unasked.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/search/front.h"
#include "forecost/search/strategy.h"
#include "forecost/search/tried.h"
#include "studies/known_problems.h"
#include "tests/search/known_runs.h"

namespace forecost::search {
namespace {

using studies::KnownProblem;

Parameter choice(std::string name, std::vector<std::string> choices) {
  return {.name = std::move(name), .kind = Parameter::Kind::categorical, .choices = std::move(choices)};
}

/// A conditional space: momentum exists only for sgd, blocks have widths of their own.
KnownProblem conditional() {
  KnownProblem known;
  known.problem.space =
      *Space::make({choice("optimizer", {"\"sgd\"", "\"adam\""}),
                    {.name = "momentum", .low = 0, .high = 1, .when = Condition{0, {0}}},
                    {.name = "rate", .low = 1e-4, .high = 1, .log = true},
                    {.name = "width", .kind = Parameter::Kind::integer, .low = 1, .high = 64, .log = true},
                    {.name = "size", .kind = Parameter::Kind::ordinal, .choices = {"1", "3", "5"}}});
  known.problem.objectives = {{.metric = "f"}};
  known.problem.limits = {{.metric = "g", .bound = 40, .known = true}, {.metric = "h", .bound = 0.9}};
  const auto cost = [](const Design& d) { return d.values[3] * (1 + d.values[4]); };
  known.problem.forecast = [cost](const Design& d) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = cost(d)}};
  };
  known.evaluate = [cost](const Design& d) {
    const double momentum = std::isnan(d.values[1]) ? 0.3 : std::abs(d.values[1] - 0.9);
    return Metrics{{"f", momentum + std::abs(std::log10(d.values[2]) + 2) + 10 / d.values[3]},
                   {"g", cost(d)},
                   {"h", std::abs(std::log10(d.values[2]) + 2) / 2}};
  };
  return known;
}

KnownProblem tiny() {
  KnownProblem known;
  known.problem.space = *Space::make({choice("a", {"1", "2"}), choice("b", {"1", "2", "3"})});
  known.problem.objectives = {{.metric = "f"}};
  known.evaluate = [](const Design& d) { return Metrics{{"f", d.values[0] + d.values[1]}}; };
  return known;
}

std::unique_ptr<Strategy> fresh(std::string_view name) {
  auto strategy = find_strategy(name)->make(nlohmann::json::object());
  if (!strategy.has_value()) throw std::runtime_error(to_string(strategy.error()));
  return std::move(strategy).value();
}

bool handles(std::string_view name, const KnownProblem& known) {
  const auto first = fresh(name)->propose(known.problem, {}, 1);
  return first.has_value() || first.error().fault != Fault::unsupported;
}

/// The problem as it is, or, for a strategy that needs several objectives, with a second one.
KnownProblem suited(std::string_view name, KnownProblem known) {
  if (handles(name, known)) return known;
  known.problem.objectives.push_back({.metric = "f2"});
  known.evaluate = [evaluate = known.evaluate, space = known.problem.space](const Design& design) {
    Metrics metrics = evaluate(design);
    double sum = 0;
    for (const double u : space.encode(design)) sum += u;
    metrics["f2"] = sum;
    return metrics;
  };
  return known;
}

std::vector<KnownProblem> subjects(std::string_view name) {
  std::vector<KnownProblem> all = {studies::known_problem("branin"),
                                   studies::known_problem("mixed_cnn_known"),
                                   studies::known_problem("pressure_vessel"), conditional()};
  for (KnownProblem& known : all) known = suited(name, std::move(known));
  return all;
}

class EveryStrategy : public testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<Strategy> fresh() { return search::fresh(GetParam()); }
};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const StrategyEntry& entry : strategy_list()) result.emplace_back(entry.name);
  return result;
}

TEST_P(EveryStrategy, SaysWhatItIs) {
  EXPECT_FALSE(find_strategy(GetParam())->summary.empty());
}

TEST_P(EveryStrategy, RefusesAnOptionThatDoesNotExist) {
  const auto refused = find_strategy(GetParam())->make({{"no_such_option", 1}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::bad_input);
  EXPECT_NE(to_string(refused.error()).find("no_such_option"), std::string::npos);
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST_P(EveryStrategy, ProposesAllowedDesignsOfTheSpaceAndNoneTwice) {
  for (const KnownProblem& known : subjects(GetParam())) {
    const auto strategy = fresh();
    Tried tried;
    for (const Trial& trial : run(*strategy, known, 26, 5)) {
      EXPECT_TRUE(known.problem.space.check(trial.design).has_value()) << known.name;
      EXPECT_TRUE(known.problem.allowed(trial.design)) << known.name;
      EXPECT_FALSE(tried.contains(trial.design)) << known.name << " trial " << trial.number;
      tried.add(trial.design);
    }
  }
}

TEST_P(EveryStrategy, GivesAReason) {
  const KnownProblem known = suited(GetParam(), studies::known_problem("branin"));
  const auto strategy = fresh();
  auto history = run(*strategy, known, 12, 1);
  const auto proposal = strategy->propose(known.problem, history, 1);
  ASSERT_TRUE(proposal.has_value());
  EXPECT_GT(proposal->reason.size(), 5U);
}

TEST_P(EveryStrategy, DoesNotRepeatDesignsThatOthersAreWorkingOn) {
  const KnownProblem known = suited(GetParam(), conditional());
  const auto strategy = fresh();
  auto history = run(*strategy, known, 12, 2);
  Tried tried(history);
  for (int i = 0; i < 6; ++i) {
    auto proposal = strategy->propose(known.problem, history, 2);
    ASSERT_TRUE(proposal.has_value()) << to_string(proposal.error());
    EXPECT_FALSE(tried.contains(proposal->design));
    tried.add(proposal->design);
    Trial trial;
    trial.number = static_cast<std::int64_t>(history.size());
    trial.design = proposal->design;
    trial.state = i % 3 == 0 ? TrialState::waiting : i % 3 == 1 ? TrialState::running : TrialState::failed;
    history.push_back(std::move(trial));
  }
}

TEST_P(EveryStrategy, GoesOnAfterAStopAsIfItHadNotStopped) {
  for (const KnownProblem& known : subjects(GetParam())) {
    const auto strategy = fresh();
    const auto history = run(*strategy, known, 24, 3);
    for (const std::size_t stop : {0U, 7U, 17U, 23U}) {
      const auto proposal = fresh()->propose(known.problem, std::span(history).first(stop), 3);
      ASSERT_TRUE(proposal.has_value()) << to_string(proposal.error());
      EXPECT_TRUE(same(proposal->design, history[stop].design)) << known.name << " after " << stop;
    }
  }
}

TEST_P(EveryStrategy, TheSameQuestionHasTheSameAnswerWhateverWasAskedBefore) {
  const KnownProblem known = suited(GetParam(), studies::known_problem("mixed_cnn_known"));
  const auto strategy = fresh();
  const auto history = run(*strategy, known, 20, 4);
  const auto other = run(*strategy, suited(GetParam(), studies::known_problem("branin")), 15, 9);
  const auto again = strategy->propose(known.problem, std::span(history).first(19), 4);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(same(again->design, history[19].design));
}

TEST_P(EveryStrategy, SaysWhenEveryDesignWasTried) {
  const KnownProblem known = suited(GetParam(), tiny());
  const auto strategy = fresh();
  auto history = run(*strategy, known, 6, 1);
  const auto seventh = strategy->propose(known.problem, history, 1);
  ASSERT_FALSE(seventh.has_value());
  EXPECT_EQ(seventh.error().fault, Fault::exhausted);
  EXPECT_FALSE(seventh.error().hint.empty());
}

TEST_P(EveryStrategy, SurvivesTrialsWithoutMetricsAndWithoutAnySpread) {
  const KnownProblem known = suited(GetParam(), studies::known_problem("branin"));
  const auto strategy = fresh();
  std::vector<Trial> history;
  for (int i = 0; i < 16; ++i) {
    auto proposal = strategy->propose(known.problem, history, 6);
    ASSERT_TRUE(proposal.has_value()) << to_string(proposal.error());
    Trial trial = studies::finished(known, i, std::move(proposal)->design);
    trial.metrics["f"] = i % 4 == 3 ? std::nan("") : 1.0;
    if (i % 4 == 2) {
      trial.metrics.clear();
      trial.state = TrialState::failed;
    }
    history.push_back(std::move(trial));
  }
}

INSTANTIATE_TEST_SUITE_P(Search, EveryStrategy, testing::ValuesIn(names()),
                         [](const auto& each) { return each.param; });

/// Median over seeds of the best feasible value, or of the negative area, after `trials`.
double median_best(std::string_view strategy, const KnownProblem& known, std::size_t trials) {
  std::vector<double> best;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto history = run(strategy, known, trials, seed);
    std::vector<Point> front;
    for (const Trial& trial : history) {
      if (known.reference.empty() || !feasible(known.problem, trial)) continue;
      front.push_back(studies::objectives_of(known, trial));
    }
    const Trial* top = best_of(known.problem, history);
    const double value = top == nullptr ? 1e9 : top->metrics.at(known.problem.objectives[0].metric);
    best.push_back(known.reference.empty() ? value : -dominated_volume(front, known.reference));
  }
  return numeric::median(best);
}

class EveryLearner : public testing::TestWithParam<std::string> {};

TEST_P(EveryLearner, BeatsRandomOnProblemsWithKnownOptimum) {
  int compared = 0;
  for (const char* name :
       {"branin", "hartmann6", "mixed_cnn", "branin_currin", "mixed_cnn_two", "dtlz2_three"}) {
    const KnownProblem known = studies::known_problem(name);
    if (!handles(GetParam(), known)) continue;
    ++compared;
    if (!known.reference.empty() && GetParam() == "random_walk") continue;  // it follows the first objective
    EXPECT_LT(median_best(GetParam(), known, 60), median_best("random", known, 60)) << name;
  }
  EXPECT_GE(compared, 2);
}

std::vector<std::string> learners() {
  std::vector<std::string> result;
  for (const std::string& name : names()) {
    if (name != "random" && name != "sobol" && name != "grid") result.push_back(name);
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Search, EveryLearner, testing::ValuesIn(learners()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace forecost::search
