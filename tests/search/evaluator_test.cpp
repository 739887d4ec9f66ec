// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/evaluator.h"

#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

class Command : public ::testing::Test {
 protected:
  Evaluation run(const std::string& script, Seconds time_out = Seconds(0)) {
    const Evaluator evaluator = command_evaluator({{script}, time_out, place_.path()}, place_.system());
    const Contact contact{.report =
                              [this](const Report& report) {
                                reports_.push_back(report);
                                return reports_.size() < most_reports_;
                              },
                          .stop = [this] { return stop_; }};
    return evaluator({.number = 3, .design = {}, .design_json = R"({"width":8})", .network = "net.onnx"},
                     contact);
  }

  tests::Temporary place_;
  std::vector<Report> reports_;
  std::size_t most_reports_ = 1000;
  bool stop_ = false;
};

TEST_F(Command, GivesItsFinalMetrics) {
  const Evaluation evaluation = run(R"(echo '{"metrics": {"error": 0.25, "count": 3}}')");
  EXPECT_EQ(evaluation.state, TrialState::complete) << evaluation.failure;
  EXPECT_EQ(evaluation.metrics, (Metrics{{"error", 0.25}, {"count", 3}}));
}

TEST_F(Command, ReadsOneJsonLineInItsFolder) {
  const Evaluation evaluation = run(R"(cat > got.json; echo '{"metrics": {"error": 1}}')");
  ASSERT_EQ(evaluation.state, TrialState::complete) << evaluation.failure;
  const auto text = place_.system().read_text(place_.path() / "got.json").value();
  EXPECT_EQ(text, "{\"design\":{\"width\":8},\"network\":\"net.onnx\",\"trial\":3}\n");
}

TEST_F(Command, ReportsStepsBeforeTheEnd) {
  const Evaluation evaluation =
      run(R"(for i in 1 2 3; do echo '{"step": '$i', "metrics": {"error": 0.'$i'}}'; done
echo '{"metrics": {"error": 0.5}}')");
  EXPECT_EQ(evaluation.state, TrialState::complete);
  ASSERT_EQ(reports_.size(), 3U);
  EXPECT_EQ(reports_[2].step, 3);
  EXPECT_EQ(reports_[2].metrics.at("error"), 0.3);
}

TEST_F(Command, EndsEarlyWhereAReportIsAnsweredByNo) {
  most_reports_ = 2;
  const Evaluation evaluation = run(
      R"(i=0; while true; do i=$((i+1)); echo '{"step": '$i', "metrics": {"error": 1}}'; sleep 0.02; done)");
  EXPECT_EQ(evaluation.state, TrialState::stopped);
  EXPECT_EQ(reports_.size(), 2U);
  EXPECT_EQ(evaluation.metrics.at("error"), 1);
}

TEST_F(Command, EndsWhenTheStudyDoes) {
  stop_ = true;
  EXPECT_EQ(run("sleep 1000").state, TrialState::stopped);
}

TEST_F(Command, EndedFromOutsideWithTheStudyItIsStoppedAndAloneItFailed) {
  const Evaluator evaluator =
      command_evaluator({{"touch ended; kill -TERM $$"}, Seconds(0), place_.path()}, place_.system());
  const Task task{.number = 0, .design = {}, .design_json = "{}", .network = {}};
  const auto ask = [&evaluator, &task](const std::function<bool()>& stop) {
    return evaluator(task, {.report = [](const Report&) { return true; }, .stop = stop});
  };
  const Evaluation alone = ask([] { return false; });
  EXPECT_EQ(alone.state, TrialState::failed);
  EXPECT_THAT(alone.failure, HasSubstr("signal 15"));
  std::filesystem::remove(place_.path() / "ended");
  const auto ended = place_.path() / "ended";
  EXPECT_EQ(ask([&ended] { return std::filesystem::exists(ended); }).state, TrialState::stopped);
}

TEST_F(Command, NeedsNoEndOfLineNorItsInput) {
  EXPECT_EQ(run(R"(exec 0<&-; printf '{"metrics": {"error": 1}}')").state, TrialState::complete);
}

struct Failing {
  const char* name;
  const char* script;
  const char* reason;
};

class Failures : public Command, public ::testing::WithParamInterface<Failing> {};

TEST_P(Failures, AreFailedTrialsWithTheirReason) {
  const Evaluation evaluation = run(GetParam().script, Seconds(20));
  EXPECT_EQ(evaluation.state, TrialState::failed);
  EXPECT_THAT(evaluation.failure, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Search, Failures,
    ::testing::Values(
        Failing{"its_own_word", R"(echo '{"failure": "diverged"}')", "diverged"},
        Failing{"exit_code", "echo 'no such data' >&2; exit 3", "exit code 3: no such data"},
        Failing{"crash", "kill -SEGV $$", "crashed by signal 11"},
        Failing{"memory", "kill -KILL $$", "memory"}, Failing{"nothing", "true", "without final metrics"},
        Failing{"only_steps", R"(echo '{"step": 1, "metrics": {"error": 1}}')", "without final metrics"},
        Failing{"garbage", "echo epoch 1 done", "no JSON object: epoch 1 done"},
        Failing{"nan", R"(echo '{"metrics": {"error": NaN}}')", "NaN"},
        Failing{"infinite", R"(echo '{"metrics": {"error": 1e999}}')", "no JSON"},
        Failing{"null", R"(echo '{"metrics": {"error": null}}')", "metric 'error' is null"},
        Failing{"no_metrics", R"(echo '{"error": 3}')", "neither metrics nor failure"},
        Failing{"fractional_step", R"(echo '{"step": 0.5, "metrics": {}}')", "step is not a whole number"},
        Failing{"not_there", "no-such-program-anywhere", "exit code 127"}),
    [](const auto& entry) { return std::string(entry.param.name); });

TEST_F(Command, ATimeOutIsAFailure) {
  const Evaluation evaluation = run("sleep 1000", Seconds(0.05));
  EXPECT_EQ(evaluation.state, TrialState::failed);
  EXPECT_THAT(evaluation.failure, HasSubstr("no result within 50"));
}

TEST_F(Command, WhatTheProgramStartedEndsWithIt) {
  const Evaluation evaluation = run(R"(sleep 1000 & echo $! > pid; echo '{"metrics": {"error": 1}}'; wait)");
  ASSERT_EQ(evaluation.state, TrialState::complete);
  const int pid = std::stoi(place_.system().read_text(place_.path() / "pid").value());
  const auto lives = [&] {
    const auto stat = place_.system().read_text("/proc/" + std::to_string(pid) + "/stat");
    return stat && stat->find(") Z ") == std::string::npos && stat->find("sleep") != std::string::npos;
  };
  while (lives()) std::this_thread::yield();  // ends by itself or the test program runs out of time
  EXPECT_FALSE(lives());
}

TEST_F(Command, WordsAreStartedWithoutAShell) {
  const Evaluator evaluator =
      command_evaluator({{"printf", R"({"metrics": {"error": %d}})", "7"}, Seconds(0), {}}, place_.system());
  const Contact contact{.report = [](const Report&) { return true; }, .stop = [] { return false; }};
  EXPECT_EQ(evaluator({.design_json = "{}"}, contact).metrics.at("error"), 7);
  const Evaluator missing = command_evaluator({{"no-such-program", "x"}, Seconds(0), {}}, place_.system());
  EXPECT_THAT(missing({.design_json = "{}"}, contact).failure, HasSubstr("cannot be started"));
}

}  // namespace
}  // namespace forecost::search
