// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/study_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace forecost::report {
namespace {

using search::Trial;
using search::TrialState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

search::Problem problem_of(std::vector<search::Objective> objectives) {
  search::Problem problem;
  problem.space =
      search::Space::make({{.name = "width", .kind = search::Parameter::Kind::integer, .low = 1, .high = 99}})
          .value();
  problem.objectives = std::move(objectives);
  problem.limits = {{.metric = "energy", .bound = 0.05, .unit = "mJ"}};
  return problem;
}

Trial trial(std::int64_t number, double error, double energy, double size = 0) {
  Trial trial;
  trial.number = number;
  trial.design = {{static_cast<double>(10 + number)}};
  trial.state = TrialState::complete;
  trial.metrics = {{"error", error}, {"energy", energy}, {"size", size}};
  trial.reason = "drawn at random";
  trial.seconds = 2;
  return trial;
}

TEST(StudyReport, NamesTheBestFeasibleTrialWithUnits) {
  const search::Problem problem = problem_of({{"error"}});
  const std::vector<Trial> trials{trial(0, 0.1, 0.06), trial(1, 0.3, 0.04), trial(2, 0.2, 0.03)};
  const Report report = study_report({{.name = "s"}, problem, trials}, 10);
  const auto json = nlohmann::json::parse(render(report, {.format = Format::json}));
  EXPECT_EQ(json.at("best").at("trial"), 2);
  EXPECT_EQ(json.at("best").at("design").at("width"), 12);
  EXPECT_EQ(json.at("best").at("metrics").at("energy"), 0.03);
  EXPECT_DOUBLE_EQ(json.at("feasible_share").get<double>(), 2.0 / 3);
  EXPECT_EQ(json.at("trials_ms"), 6000);
  EXPECT_EQ(json.at("best_trials").size(), 2U);
  const std::string text = render(report, {});
  EXPECT_THAT(text, HasSubstr("30 mJ"));
  EXPECT_THAT(text, HasSubstr("width=12"));
}

TEST(StudyReport, SaysWhereNoTrialHoldsTheLimitsAndWhyTrialsFailed) {
  const search::Problem problem = problem_of({{"error"}});
  std::vector<Trial> trials{trial(0, 0.1, 0.06), trial(1, 0, 0), trial(2, 0, 0)};
  trials[1].state = trials[2].state = TrialState::failed;
  trials[1].failure = trials[2].failure = "out of memory";
  const Report report = study_report({{.name = "s"}, problem, trials}, 10);
  ASSERT_EQ(report.warnings.size(), 2U);
  EXPECT_THAT(report.warnings[0].what, HasSubstr("no trial holds all limits"));
  EXPECT_THAT(report.warnings[1].what, HasSubstr("2 of 3 trials failed, 2 of them: out of memory"));
}

TEST(StudyReport, TheFrontHoldsWhatNoOtherTrialBeats) {
  const search::Problem problem = problem_of({{"error"}, {"size", false}});
  const std::vector<Trial> trials{trial(0, 0.3, 0, 9), trial(1, 0.1, 0, 2), trial(2, 0.2, 0, 2),
                                  trial(3, 0.1, 0.06, 99), trial(4, 0.2, 0, 5)};
  std::vector<std::int64_t> numbers;
  for (const Trial* one : pareto_of(problem, trials)) numbers.push_back(one->number);
  EXPECT_THAT(numbers, ElementsAre(1, 4, 0));
}

TEST(StudyReport, ALineTellsATrial) {
  const search::Problem problem = problem_of({{"error"}});
  EXPECT_EQ(trial_line(problem, trial(3, 0.25, 0.04), true),
            "trial 3: error 0.25, energy 40 mJ, best so far | width=13 | drawn at random");
  EXPECT_THAT(trial_line(problem, trial(3, 0.25, 0.06), false), HasSubstr("breaks a limit"));
  Trial failed = trial(4, 0, 0);
  failed.state = TrialState::failed;
  failed.failure = "a metric is NaN";
  EXPECT_THAT(trial_line(problem, failed, false), HasSubstr("trial 4: failed, a metric is NaN |"));
}

TEST(StudyReport, ListsStudies) {
  const Report report = studies_report({{.name = "s", .trials = 3, .complete = 2, .failed = 1}});
  EXPECT_THAT(render(report, {.format = Format::csv}), HasSubstr("s,3,2,1,0,1"));
}

}  // namespace
}  // namespace forecost::report
