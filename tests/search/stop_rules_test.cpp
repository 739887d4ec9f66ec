// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/stop_rules.h"

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

TEST_F(StopRules, AReportWithoutTheObjectiveIsNoReason) {
  history_ = {curve(0, {0.1})};
  Trial trial;
  trial.number = 1;
  trial.reports = {{1, {{"loss", 9}}}};
  for (const char* rule : {"median", "asha", "chance"}) {
    EXPECT_THAT(ask({.rule = rule, .trials = 1}, trial), IsEmpty()) << rule;
  }
}

TEST_F(StopRules, NoneIsNoRuleAndAnUnknownOneIsNamed) {
  EXPECT_FALSE(static_cast<bool>(make_stop_rule({.rule = "none"}).value()));
  EXPECT_THAT(make_stop_rule({.rule = "medain"}).error().hint, HasSubstr("'median'"));
}

}  // namespace
}  // namespace forecost::search
