// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study.h"

#include <atomic>
#include <set>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "forecost/search/owner.h"
#include "tests/search/spaces.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

double score(const Design& design) {
  double sum = 0;
  for (const double value : design.values) sum += std::isnan(value) ? 0.5 : value;
  return sum;
}

class Loop : public ::testing::Test {
 protected:
  void SetUp() override {
    problem_.space = tests::mixed_space();
    problem_.objectives = {{"error"}};
    problem_.limits = {{"energy", 50}};
    options_.trials = 12;
    options_.owner = {this_owner(place_.system()), Seconds(60)};
    strategy_ = find_strategy("random")->make(nlohmann::json::object()).value();
  }
  std::unique_ptr<StudyStore> open(const std::string& name = "s.sqlite") const {
    return open_sqlite(place_.path() / name).value();
  }
  Result<StudySummary> run(StudyStore& store, const Evaluator& evaluator, const char* study = "s") {
    const StudyInfo info = store.enter(study, "definition", 5).value();
    return run_study(store, info, problem_, *strategy_, evaluator, place_.system(), options_);
  }
  static Evaluation good(const Task& task, const Contact& /*contact*/) {
    return completed({{"error", score(task.design)}, {"energy", 10.0 * static_cast<double>(task.number)}});
  }
  /// What must be equal in equal studies.
  std::string text_of(const std::vector<Trial>& trials) const {
    std::string text;
    for (const Trial& trial : trials) {
      text += std::string(name_of(trial.state)) + problem_.space.to_json(trial.design).dump() + trial.reason +
              trial.failure;
      for (const auto& metric : trial.metrics) text += metric.first + std::to_string(metric.second);
      text += "\n";
    }
    return text;
  }

  tests::Temporary place_;
  Problem problem_;
  StudyOptions options_;
  std::unique_ptr<Strategy> strategy_;
};

TEST_F(Loop, RunsSoManyTrialsAndJudgesThem) {
  const auto store = open();
  const StudySummary summary = run(*store, good).value();
  EXPECT_EQ(summary.end, StudyEnd::finished);
  EXPECT_EQ(summary.ran, 12);
  ASSERT_EQ(summary.trials.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(summary.trials[i].number, static_cast<std::int64_t>(i));
    EXPECT_EQ(summary.trials[i].state, TrialState::complete);
    EXPECT_EQ(feasible(problem_, summary.trials[i]), i <= 5);
  }
}

TEST_F(Loop, TheSameSeedGivesTheSameStudyHoweverOftenItStopped) {
  const auto whole = open("whole.sqlite");
  const std::string expected = text_of(run(*whole, good)->trials);
  const auto parts = open("parts.sqlite");
  std::atomic<int> until_stop{0};
  options_.stop = [&until_stop] { return until_stop <= 0; };
  const Evaluator stopping = [&until_stop](const Task& task, const Contact& contact) {
    if (--until_stop <= 0) return Evaluation{TrialState::stopped, {}, "stop"};
    return good(task, contact);
  };
  std::string got;
  for (int part = 0; part < 20; ++part) {
    until_stop = 3;
    got = text_of(run(*parts, stopping)->trials);
  }
  EXPECT_EQ(got, expected);
}

TEST_F(Loop, WhatFailsWhileTheStudyIsStoppedRunsAgain) {
  const auto store = open();
  std::atomic<bool> stopped{false};
  options_.stop = [&stopped] { return stopped.load(); };
  const Evaluator ended = [&stopped](const Task& task, const Contact& contact) {
    if (task.number < 3) return good(task, contact);
    stopped = true;
    return failed_because("the program crashed by signal 15");
  };
  const StudySummary before = run(*store, ended).value();
  EXPECT_EQ(before.end, StudyEnd::interrupted);
  ASSERT_EQ(before.trials.size(), 4U);
  EXPECT_EQ(before.trials[3].state, TrialState::running);
  stopped = false;
  const StudySummary after = run(*store, good).value();
  for (const Trial& trial : after.trials) EXPECT_EQ(trial.state, TrialState::complete);
}

TEST_F(Loop, ManyWorkersRunEveryTrialOnce) {
  const auto store = open();
  options_.workers = 8;
  options_.trials = 60;
  std::mutex turn;
  std::multiset<std::int64_t> seen;
  const Evaluator counting = [&](const Task& task, const Contact& contact) {
    {
      const std::scoped_lock lock(turn);
      seen.insert(task.number);
    }
    return good(task, contact);
  };
  const StudySummary summary = run(*store, counting).value();
  EXPECT_EQ(summary.ran, 60);
  EXPECT_EQ(seen.size(), 60U);
  std::set<std::string> designs;
  for (const Trial& trial : summary.trials) designs.insert(problem_.space.to_json(trial.design).dump());
  EXPECT_EQ(designs.size(), 60U);
}

TEST_F(Loop, WhateverHappensInATrialIsItsResult) {
  const auto store = open();
  const Evaluator mixed = [](const Task& task, const Contact& contact) {
    switch (task.number % 4) {
      case 0:
        return failed_because("out of memory");
      case 1:
        return completed({{"error", std::nan("")}, {"energy", 1}});
      case 2:
        return completed({{"error", 1}});
      default:
        return good(task, contact);
    }
  };
  const StudySummary summary = run(*store, mixed).value();
  EXPECT_EQ(summary.end, StudyEnd::finished);
  EXPECT_EQ(summary.trials[0].failure, "out of memory");
  EXPECT_THAT(summary.trials[1].failure, HasSubstr("'error' is not a finite number"));
  EXPECT_THAT(summary.trials[2].failure, HasSubstr("'energy' is missing"));
  EXPECT_EQ(summary.trials[3].state, TrialState::complete);
}

TEST_F(Loop, AStopRuleEndsATrialWithItsReason) {
  const auto store = open();
  options_.stop_rule = [](const Problem&, std::span<const Trial>, const Trial& trial) {
    return trial.reports.back().metrics.at("error") > 2 ? std::string("hopeless") : std::string();
  };
  const Evaluator stepping = [](const Task& task, const Contact& contact) {
    for (int step = 1; step <= 3; ++step) {
      const Metrics now{{"error", static_cast<double>(step * (task.number % 2))}};
      if (!contact.report({step, now})) return Evaluation{TrialState::stopped, now, ""};
    }
    return good(task, contact);
  };
  const StudySummary summary = run(*store, stepping).value();
  EXPECT_EQ(summary.trials[0].state, TrialState::complete);
  EXPECT_EQ(summary.trials[1].state, TrialState::stopped);
  EXPECT_EQ(summary.trials[1].failure, "hopeless");
  EXPECT_EQ(summary.trials[1].reports.size(), 3U);
}

TEST_F(Loop, ASpaceThatIsUsedUpEndsTheStudy) {
  problem_.space = Space::make({tests::integer("n", 1, 3)}).value();
  const auto store = open();
  const StudySummary summary = run(*store, good).value();
  EXPECT_EQ(summary.end, StudyEnd::exhausted);
  EXPECT_EQ(summary.trials.size(), 3U);
  EXPECT_FALSE(summary.why.empty());
}

TEST_F(Loop, WatchersSeeEveryTrialBeginAndEnd) {
  const auto store = open();
  int begun = 0;
  int ended = 0;
  options_.watch = [&](const StudyEvent& event) {
    begun += event.kind == StudyEvent::Kind::started ? 1 : 0;
    ended += event.kind == StudyEvent::Kind::ended ? 1 : 0;
    EXPECT_EQ(event.history[static_cast<std::size_t>(event.trial.number)].number, event.trial.number);
  };
  ASSERT_TRUE(run(*store, good).has_value());
  EXPECT_EQ(begun, 12);
  EXPECT_EQ(ended, 12);
}

TEST_F(Loop, ProcessesKilledAtAnyMomentLoseNoTrial) {
  const std::string expected = [&] {
    const auto whole = open("whole.sqlite");
    return text_of(run(*whole, good)->trials);
  }();
  // Each child is killed at another moment: after so many evaluations, before or after the tell.
  for (int moment = 1; moment <= 11; ++moment) {
    const pid_t child = fork();
    if (child == 0) {
      options_.owner.name = this_owner(place_.system());
      int evaluations = 0;
      const Evaluator dying = [&evaluations, moment](const Task& task, const Contact& contact) {
        if (++evaluations == 2 || task.number == moment) kill(getpid(), SIGKILL);
        return good(task, contact);
      };
      const auto store = open("killed.sqlite");
      const auto ignored = run(*store, dying);
      _exit(ignored.has_value() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
  }
  const auto store = open("killed.sqlite");
  const StudySummary summary = run(*store, good).value();
  EXPECT_EQ(text_of(summary.trials), expected);
  EXPECT_EQ(store->late(store->find("s")->id).value(), 0);
}

TEST_F(Loop, ALongTrialKeepsItsLeaseWhileShortOnesComeAndGo) {
  const auto store = open();
  options_.workers = 2;
  options_.trials = 200;
  options_.owner.lease = Seconds(0.3);
  std::atomic<int> short_ones{0};
  double first_lease = 0;
  double last_lease = 0;
  const auto lease = [this] {
    SQLite::Database file((place_.path() / "s.sqlite").string(), SQLite::OPEN_READONLY, 10000);
    return file.execAndGet("SELECT lease_until FROM trial WHERE number=0").getDouble();
  };
  const Evaluator mixed = [&](const Task& task, const Contact& contact) {
    if (task.number == 0) {
      first_lease = lease();
      while (short_ones < 199) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      last_lease = lease();
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
      ++short_ones;
    }
    return good(task, contact);
  };
  const StudySummary summary = run(*store, mixed).value();
  EXPECT_EQ(summary.ran, 200);
  EXPECT_GT(last_lease, first_lease);
}

TEST_F(Loop, TwoProcessesShareAStudy) {
  options_.trials = 40;
  const pid_t child = fork();
  const auto work = [this] {
    options_.owner.name = this_owner(place_.system());
    const auto store = open("shared.sqlite");
    return run(*store, good);
  };
  if (child == 0) _exit(work().has_value() ? 0 : 1);
  const auto mine = work();
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_TRUE(mine.has_value()) << to_string(mine.error());
  EXPECT_EQ(mine->trials.size(), 40U);
  for (const Trial& trial : mine->trials) EXPECT_EQ(trial.state, TrialState::complete);
}

}  // namespace
}  // namespace forecost::search
