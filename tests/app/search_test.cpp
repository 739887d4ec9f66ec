// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* study = R"toml(
trials = 8
strategy = "random"
minimise = ["error"]
limits = ["energy <= 3 J", "x + y <= 12"]
[parameters]
x = { type = "integer", low = 0, high = 9 }
y = { type = "integer", low = 0, high = 9 }
[objective]
table = "t.csv"
)toml";

class Search : public ::testing::Test {
 protected:
  Search() {
    std::string table = "x,y,error,energy\n";
    for (int x = 0; x <= 9; ++x) {
      for (int y = 0; y <= 9; ++y) {
        table += std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(x * 10 + y) + "," +
                 std::to_string(y) + "\n";
      }
    }
    workplace_.write("t.csv", table);
    workplace_.write("s.toml", study);
  }
  json best(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"search", "s.toml", "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = workplace_.run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  Workplace workplace_;
};

TEST_F(Search, EndsWithTheBestDesignAndALinePerTrial) {
  const Outcome outcome = workplace_.run({"search", "s.toml"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("best trial"));
  EXPECT_THAT(outcome.err, StartsWith("trial 0: "));
  EXPECT_THAT(outcome.err, HasSubstr("trial 7: "));
  EXPECT_THAT(outcome.err, Not(HasSubstr("trial 8: ")));
}

TEST_F(Search, NoTrialBreaksAKnownLimit) {
  best({"--trials", "60"});
  const json shown = json::parse(workplace_.run({"study", "show", "s", "--format", "json"}).out);
  ASSERT_EQ(shown.at("trials").size(), 60U);
  for (const json& trial : shown.at("trials")) {
    EXPECT_LE(trial.at("design").at("x").get<int>() + trial.at("design").at("y").get<int>(), 12);
    EXPECT_EQ(trial.at("feasible").get<bool>(), trial.at("metrics").at("energy").get<double>() <= 3);
  }
}

TEST_F(Search, GoesOnWhereItStopped) {
  const json whole = best({"--trials", "20", "--study", "whole.sqlite"});
  best({"--trials", "7"});
  best({"--trials", "13"});
  json parts = best({"--trials", "20"});
  parts["trials_ms"] = whole.at("trials_ms");  // times differ
  for (json& trial : parts["best_trials"]) trial.erase("seconds");
  json expected = whole;
  for (json& trial : expected["best_trials"]) trial.erase("seconds");
  EXPECT_EQ(parts, expected);
}

TEST_F(Search, SeveralWorkersGiveTheSameNumberOfTrials) {
  EXPECT_EQ(best({"--workers", "4"}).at("trial_count"), 8);
}

TEST_F(Search, AChangedStudyOfTheSameNameIsRefused) {
  best();
  workplace_.write("s.toml", std::string(study) + "known = [\"energy\"]\n");
  const Outcome outcome = workplace_.run({"search", "s.toml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("another definition"));
}

TEST_F(Search, AMistakeInTheFileIsShownWithItsLine) {
  workplace_.write("s.toml", "minimize = [\"error\"]\n");
  const Outcome outcome = workplace_.run({"search", "s.toml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("s.toml:1:1"));
  EXPECT_THAT(outcome.err, HasSubstr("did you mean 'minimise'?"));
  EXPECT_EQ(workplace_.run({"search", "none.toml"}).exit_code, 1);
  EXPECT_EQ(workplace_.run({"search"}).exit_code, 2);
}

TEST_F(Search, AProgramThatFailsIsAResult) {
  workplace_.write("c.toml", R"toml(
trials = 4
strategy = "random"
minimise = ["error"]
[parameters]
x = { type = "integer", low = 0, high = 9 }
[objective]
command = "echo cuda error >&2; exit 1"
)toml");
  const Outcome outcome = workplace_.run({"search", "c.toml"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("exit code 1: cuda error"));
  EXPECT_THAT(outcome.out, HasSubstr("4 of 4 trials failed"));
}

TEST_F(Search, OnATerminalALiveLineShowsTheBestSoFar) {
  const Outcome outcome = workplace_.run_on_terminal({"search", "s.toml", "--quiet"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("8 of 8, best error"));
  EXPECT_THAT(outcome.out, HasSubstr("feasible"));
}

TEST_F(Search, StudiesAreListedExportedImportedAndDeleted) {
  best();
  EXPECT_THAT(workplace_.run({"study", "list"}).out, HasSubstr("s "));
  EXPECT_EQ(workplace_.run({"study", "export", "s", "-o", "s.jsonl"}).exit_code, 0);
  EXPECT_EQ(workplace_.run({"study", "import", "s.jsonl"}).exit_code, 1);
  EXPECT_EQ(workplace_.run({"study", "import", "s.jsonl", "--as", "copy"}).exit_code, 0);
  const json a = json::parse(workplace_.run({"study", "show", "s", "--format", "json"}).out);
  const json b = json::parse(workplace_.run({"study", "show", "copy", "--format", "json"}).out);
  EXPECT_EQ(a.at("trials"), b.at("trials"));
  EXPECT_EQ(workplace_.run({"study", "delete", "s"}).exit_code, 0);
  const Outcome gone = workplace_.run({"study", "best", "s"});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, HasSubstr("no study 's'"));
  EXPECT_EQ(workplace_.run({"study", "best", "copy"}).exit_code, 0);
}

TEST_F(Search, AStudyGoesToOptunaAndBack) {
  best();
  EXPECT_EQ(workplace_.run({"study", "export", "s", "--format", "optuna"}).exit_code, 1);
  const Outcome out = workplace_.run({"study", "export", "s", "optuna.db", "--format", "optuna"});
  EXPECT_EQ(out.exit_code, 0) << out.err;
  const Outcome in = workplace_.run({"study", "import", "optuna.db", "--name", "s", "--as", "copy"});
  EXPECT_EQ(in.exit_code, 0) << in.err;
  const json a = json::parse(workplace_.run({"study", "show", "s", "--format", "json"}).out);
  const json b = json::parse(workplace_.run({"study", "show", "copy", "--format", "json"}).out);
  EXPECT_EQ(a.at("trials"), b.at("trials"));
  const Outcome unknown = workplace_.run({"study", "import", "optuna.db", "--name", "t"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("'s'"));
}

TEST_F(Search, TheExamplesOfTheSourceRun) {
  for (const char* name : {"branin", "residual"}) {
    const std::string file = std::string(FORECOST_SOURCE_DIR) + "/examples/" + name + ".toml";
    const Outcome outcome =
        workplace_.run({"search", file, "--trials", "6", "--format", "json", "--workers", "2"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const json report = json::parse(outcome.out);
    EXPECT_EQ(report.at("trial_count"), 6);
    EXPECT_TRUE(report.contains("best")) << outcome.err;
  }
}

TEST(List, NamesStrategiesAndSpaces) {
  const Workplace workplace;
  EXPECT_THAT(workplace.run({"list", "strategies"}).out, HasSubstr("random"));
  EXPECT_THAT(workplace.run({"list", "spaces"}).out, HasSubstr("hyperpower_mnist"));
}

}  // namespace
}  // namespace forecost::app_tests
