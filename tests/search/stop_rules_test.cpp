// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/stop_rules.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::search {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StopRules : public ::testing::Test {
 protected:
  StopRules() { problem_.objectives = {{"error"}}; }

  static Trial curve(std::int64_t number, std::initializer_list<double> errors) {
    Trial trial;
    trial.number = number;
    std::int64_t step = 0;
    for (const double error : errors) trial.reports.push_back({++step, {{"error", error}}});
    return trial;
  }
  std::string ask(const StopRuleOptions& options, const Trial& trial) const {
    return make_stop_rule(options).value()(problem_, history_, trial);
  }

  Problem problem_;
  std::vector<Trial> history_;
};

TEST_F(StopRules, MedianStopsWhatIsWorseThanHalfOfTheOthersAtItsStep) {
  history_ = {curve(0, {0.9, 0.1}), curve(1, {0.8, 0.5}), curve(2, {0.7, 0.6}), curve(3, {0.6})};
  const StopRuleOptions options{.rule = "median", .trials = 3};
  EXPECT_THAT(ask(options, curve(4, {0.9, 0.5})), IsEmpty());  // the median at step 2 is 0.5
  EXPECT_THAT(ask(options, curve(4, {0.9, 0.51})), HasSubstr("worse than the median of 3 trials, 0.5"));
  EXPECT_THAT(ask(options, curve(4, {0.4, 0.9})), IsEmpty());  // its best counts
  EXPECT_THAT(ask(options, curve(4, {0.75})), IsEmpty());      // (0.7 + 0.8) / 2
  EXPECT_THAT(ask(options, curve(4, {0.76})), HasSubstr("0.75"));
}

TEST_F(StopRules, MedianWaitsForItsStepsAndTrials) {
  history_ = {curve(0, {0.1, 0.1}), curve(1, {0.1, 0.1})};
  EXPECT_THAT(ask({.rule = "median", .trials = 3}, curve(2, {0.9})), IsEmpty());
  EXPECT_THAT(ask({.rule = "median", .steps = 2, .trials = 2}, curve(2, {0.9})), IsEmpty());
  EXPECT_THAT(ask({.rule = "median", .steps = 2, .trials = 2}, curve(2, {0.9, 0.9})), HasSubstr("median"));
}

TEST_F(StopRules, MedianKnowsWhatIsToBeMaximised) {
  problem_.objectives = {{"error", false}};
  history_ = {curve(0, {0.5}), curve(1, {0.6}), curve(2, {0.7})};
  EXPECT_THAT(ask({.rule = "median", .trials = 3}, curve(3, {0.6})), IsEmpty());
  EXPECT_THAT(ask({.rule = "median", .trials = 3}, curve(3, {0.59})), HasSubstr("error 0.59"));
}

TEST_F(StopRules, AshaKeepsTheBestThirdOfEachRung) {
  for (std::int64_t i = 0; i < 5; ++i) {
    const double error = 0.1 * static_cast<double>(i + 1);
    history_.push_back(curve(i, {error, error, error}));
  }
  const StopRuleOptions options{.rule = "asha"};
  // with itself six values: two go on
  EXPECT_THAT(ask(options, curve(9, {0.15})), IsEmpty());
  EXPECT_THAT(ask(options, curve(9, {0.25})),
              HasSubstr("at rung 1 its error 0.25 is not among the best 2 of 6"));
  EXPECT_THAT(ask(options, curve(9, {0.15, 0.9})), IsEmpty());  // step 2 is no rung
  EXPECT_THAT(ask(options, curve(9, {0.15, 0.9, 0.9})), HasSubstr("at rung 3"));
}

TEST_F(StopRules, ChanceStopsWhatLearnedNothing) {
  const StopRuleOptions options{.rule = "chance", .steps = 2, .chance = 0.9};
  EXPECT_THAT(ask(options, curve(0, {0.95})), IsEmpty());
  EXPECT_THAT(ask(options, curve(0, {0.95, 0.9})), HasSubstr("not better than chance"));
  EXPECT_THAT(ask(options, curve(0, {0.95, 0.89})), IsEmpty());
}

/// 20 steps from 0.9 down to `end`.
Trial whole_curve(std::int64_t number, double end, int steps = 20) {
  Trial trial;
  trial.number = number;
  double value = 0;
  for (int step = 1; step <= steps; ++step) {
    value = end + (0.9 - end) * std::exp(-0.3 * (step - 1));
    trial.reports.push_back({step, {{"error", value}}});
  }
  if (steps == 20) {
    trial.state = TrialState::complete;
    trial.metrics = {{"error", value}};
  }
  return trial;
}

TEST_F(StopRules, ExtrapolationStopsWhatWillNotBeatTheBestAndSaysHowSure) {
  for (std::int64_t i = 0; i < 5; ++i) history_.push_back(whole_curve(i, 0.1 + 0.1 * static_cast<double>(i)));
  const StopRuleOptions options{.rule = "extrapolation"};
  const std::string reason = ask(options, whole_curve(5, 0.6, 8));
  EXPECT_THAT(reason, HasSubstr("at step 8"));
  EXPECT_THAT(reason, HasSubstr("at step 20; it beats the best, 0.1027, with probability"));
  EXPECT_THAT(ask(options, whole_curve(5, 0.05, 8)), IsEmpty());
  EXPECT_THAT(ask(options, whole_curve(5, 0.6, 3)), IsEmpty());  // three points are no curve
  Trial lucky = whole_curve(5, 0.6, 8);
  lucky.reports[2].metrics["error"] = 0.09;  // has beaten it already
  EXPECT_THAT(ask(options, lucky), IsEmpty());
}

TEST_F(StopRules, ExtrapolationWaitsForCompleteTrialsAndTheirLimits) {
  for (std::int64_t i = 0; i < 4; ++i) history_.push_back(whole_curve(i, 0.1));
  EXPECT_THAT(ask({.rule = "extrapolation"}, whole_curve(5, 0.6, 8)), IsEmpty());
  EXPECT_THAT(ask({.rule = "extrapolation", .trials = 4}, whole_curve(5, 0.6, 8)), HasSubstr("probability"));
  EXPECT_THAT(ask({.rule = "extrapolation", .trials = 4, .horizon = 8}, whole_curve(5, 0.6, 8)), IsEmpty());
  // Only the last one is feasible, and easily beaten.
  problem_.limits = {{"energy", 1}};
  for (Trial& trial : history_) trial.metrics["energy"] = 2;
  history_.push_back(whole_curve(4, 0.7));
  history_.back().metrics["energy"] = 0.5;
  EXPECT_THAT(ask({.rule = "extrapolation", .trials = 4}, whole_curve(5, 0.6, 8)), IsEmpty());
}

TEST_F(StopRules, ExtrapolationKnowsWhatIsToBeMaximised) {
  for (std::int64_t i = 0; i < 5; ++i) history_.push_back(whole_curve(i, 0.1));
  problem_.objectives = {{"error", false}};
  for (Trial& trial : history_) {
    for (Report& report : trial.reports) report.metrics["error"] = 1 - report.metrics["error"];
    trial.metrics["error"] = 1 - trial.metrics["error"];
  }
  Trial trial = whole_curve(5, 0.6, 8);
  for (Report& report : trial.reports) report.metrics["error"] = 1 - report.metrics["error"];
  EXPECT_THAT(ask({.rule = "extrapolation"}, trial), HasSubstr("beats the best, 0.8973"));
}

TEST_F(StopRules, AReportWithoutTheObjectiveIsNoReason) {
  history_ = {curve(0, {0.1})};
  Trial trial;
  trial.number = 1;
  trial.reports = {{1, {{"loss", 9}}}};
  for (const char* rule : {"median", "asha", "chance", "extrapolation"}) {
    EXPECT_THAT(ask({.rule = rule, .trials = 1}, trial), IsEmpty()) << rule;
  }
}

TEST_F(StopRules, NoneIsNoRuleAndAnUnknownOneIsNamed) {
  EXPECT_FALSE(static_cast<bool>(make_stop_rule({.rule = "none"}).value()));
  EXPECT_THAT(make_stop_rule({.rule = "medain"}).error().hint, HasSubstr("'median'"));
}

}  // namespace
}  // namespace forecost::search
