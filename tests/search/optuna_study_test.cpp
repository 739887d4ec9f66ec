// SPDX-License-Identifier: Apache-2.0
// Optuna itself writes and reads where it is installed (tests/search/optuna.py).
#include "forecost/search/optuna_study.h"

#include <cmath>
#include <cstdio>
#include <optional>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/random.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"
#include "forecost/search/trial_json.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* definition = R"toml(
minimise = ["error"]
limits = ["energy <= 3 J", "width * depth <= 128"]
[parameters]
width = { type = "integer", low = 8, high = 64, log = true }
kernel = { type = "ordinal", choices = [1, 3, 5] }
block = { type = "categorical", choices = ["plain", "residual"] }
depth = { type = "integer", low = 1, high = 4, when = { block = "residual" } }
rate = { type = "real", low = 1e-4, high = 0.1, log = true }
)toml";

class Optuna : public ::testing::Test {
 protected:
  Optuna() {
    numeric::Random random(3);
    for (std::int64_t i = 0; i < 8; ++i) {
      Trial trial;
      trial.number = i;
      std::vector<double> unit;
      for (std::size_t p = 0; p < problem_.space.size(); ++p) unit.push_back(random.uniform());
      trial.design = problem_.space.decode(unit);
      trial.reason = "because";
      trial.seconds = 0.1 * static_cast<double>(i);
      trial.state = TrialState::complete;
      trial.metrics = {{"error", 1.0 / static_cast<double>(i + 3)}, {"energy", static_cast<double>(i)}};
      trials_.push_back(trial);
    }
    trials_[1].state = TrialState::failed;
    trials_[1].metrics.clear();
    trials_[1].failure = "out of memory";
    trials_[2].state = TrialState::stopped;
    trials_[2].failure = "hopeless";
    trials_[2].reports = {{1, {{"error", 0.5}}}, {3, {{"error", 0.25}}}};
    trials_[3].reports = {{1, {{"error", 0.5}, {"loss", 0.75}}}, {2, {{"loss", 0.5}}}};
    trials_[7].state = TrialState::running;
    trials_[7].metrics.clear();
    info_.name = "mnist";
    info_.definition = definition;
    info_.seed = 12345678901234567890U;
    info_.created = 1700000000;
  }

  std::string text_of(const Trial& trial) const { return to_json(problem_.space, trial).dump(); }
  Status write() const { return write_optuna({info_, problem_, trials_}, file_); }

  /// What optuna.py prints; nothing where Optuna is not installed.
  std::optional<json> optuna(const std::string& what) const {
    for (const std::string python : {FORECOST_SOURCE_DIR "/build/venv/bin/python", "python3"}) {
      const std::string command = python + " -c 'import optuna' >/dev/null 2>&1 && " + python +
                                  " -W ignore " + FORECOST_SOURCE_DIR "/tests/search/optuna.py " + what +
                                  " '" + file_.string() + "'";
      FILE* pipe = popen(command.c_str(), "r");
      std::string text;
      for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) text += static_cast<char>(c);
      if (pclose(pipe) == 0) return json::parse(text);
    }
    return std::nullopt;
  }

  tests::Temporary place_;
  std::filesystem::path file_ = place_.path() / "optuna.db";
  StudyFile study_ = parse_study(definition, "mnist.toml").value();
  Problem problem_ = judging_problem(study_);
  StudyInfo info_;
  std::vector<Trial> trials_;
};

TEST_F(Optuna, AStudyComesBackAsItWas) {
  ASSERT_TRUE(write().has_value());
  const OptunaImport back = read_optuna(file_, "").value();
  EXPECT_EQ(back.name, "mnist");
  EXPECT_EQ(back.seed, info_.seed);
  EXPECT_EQ(back.definition, definition);
  EXPECT_EQ(back.left_out, 0);
  ASSERT_EQ(back.trials.size(), trials_.size());
  for (std::size_t i = 0; i < trials_.size(); ++i) EXPECT_EQ(text_of(back.trials[i]), text_of(trials_[i]));
}

TEST_F(Optuna, AFileHoldsSeveralStudiesAndEachNameOnce) {
  ASSERT_TRUE(write().has_value());
  EXPECT_THAT(write().error().what, HasSubstr("has a study 'mnist' already"));
  info_.name = "second";
  ASSERT_TRUE(write().has_value());
  EXPECT_THAT(read_optuna(file_, "").error().what, HasSubstr("2 studies"));
  EXPECT_THAT(read_optuna(file_, "secnd").error().hint, HasSubstr("'second'"));
  EXPECT_EQ(read_optuna(file_, "second")->trials.size(), trials_.size());
}

TEST_F(Optuna, OtherFilesAndSchemasAreRefused) {
  EXPECT_EQ(read_optuna(file_, "").error().fault, Fault::bad_input);
  ASSERT_TRUE(write().has_value());
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE alembic_version SET version_num='v9'");
  EXPECT_EQ(read_optuna(file_, "").error().fault, Fault::unsupported);
  EXPECT_THAT(write().error().hint, HasSubstr("optuna storage upgrade"));
  file_ = place_.path() / "foreign.db";
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE x(y)");
  EXPECT_EQ(write().error().fault, Fault::bad_input);
  file_ = place_.write("text.db", std::string(5000, 'x'));
  EXPECT_EQ(write().error().fault, Fault::bad_input);
  EXPECT_EQ(read_optuna(file_, "").error().fault, Fault::bad_input);
}

TEST_F(Optuna, ItselfReadsWhatIsWritten) {
  ASSERT_TRUE(write().has_value());
  const auto seen = optuna("read");
  if (!seen) GTEST_SKIP() << "skipped: Optuna";
  EXPECT_EQ(seen->at("name"), "mnist");
  EXPECT_EQ(seen->at("directions"), json({"MINIMIZE"}));
  EXPECT_EQ(seen->at("metric_names"), json({"error"}));
  const char* states[] = {"COMPLETE", "FAIL",     "PRUNED",   "COMPLETE",
                          "COMPLETE", "COMPLETE", "COMPLETE", "RUNNING"};
  ASSERT_EQ(seen->at("trials").size(), trials_.size());
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    const json& trial = seen->at("trials")[i];
    EXPECT_EQ(trial.at("number"), i);
    EXPECT_EQ(trial.at("state"), states[i]);
    EXPECT_EQ(trial.at("design"), problem_.space.to_json(trials_[i].design));
    if (trials_[i].state == TrialState::complete) {
      EXPECT_EQ(trial.at("values"), json({trials_[i].metrics.at("error")}));
      EXPECT_EQ(trial.at("user").at("energy"), trials_[i].metrics.at("energy"));
      EXPECT_EQ(trial.at("constraints"), json({trials_[i].metrics.at("energy") - 3}));
      EXPECT_NEAR(trial.at("seconds").get<double>(), trials_[i].seconds, 2e-3);  // kept in milliseconds
    }
  }
  EXPECT_EQ(seen->at("trials")[2].at("steps"), (json{{"1", 0.5}, {"3", 0.25}}));
  EXPECT_EQ(seen->at("best"), 3);  // of 0 and 3, which hold the limit, the one with the smaller error
}

TEST_F(Optuna, ItselfGoesOnWithWhatIsWrittenAndComesBack) {
  trials_.pop_back();
  ASSERT_TRUE(write().has_value());
  if (!optuna("continue")) GTEST_SKIP() << "skipped: Optuna";
  const OptunaImport back = read_optuna(file_, "").value();
  ASSERT_EQ(back.trials.size(), trials_.size() + 1);
  EXPECT_EQ(back.trials.back().state, TrialState::complete);
  EXPECT_EQ(back.trials.back().metrics.at("error"), 0.25);
}

TEST_F(Optuna, AStudyOfItsOwnBecomesASpaceWithConditions) {
  const auto made = optuna("make");
  if (!made) GTEST_SKIP() << "skipped: Optuna";
  const Result<OptunaImport> read = read_optuna(file_, "");
  ASSERT_TRUE(read.has_value()) << to_string(read.error());
  EXPECT_EQ(read->name, "mnist, first");
  EXPECT_EQ(read->left_out, 2);  // one failed before its first parameter, one only waits
  const StudyFile study = parse_study(read->definition, "x").value();
  EXPECT_EQ(study.objectives.front().metric, "error_rate");
  ASSERT_EQ(study.limits.size(), 1U);
  EXPECT_EQ(study.limits.front().metric, "constraint0");
  const Space& space = read->space;
  const auto parameter = [&space](const char* name) -> const Parameter& {
    return space[space.find(name).value()];
  };
  EXPECT_TRUE(parameter("learning_rate").log);
  EXPECT_EQ(parameter("stride").choices, (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(parameter("dropout").kind, Parameter::Kind::ordinal);
  EXPECT_EQ(parameter("skip").choices, (std::vector<std::string>{"\"None\"", "\"add\"", "true"}));
  EXPECT_EQ(space[parameter("depth").when->parameter].name, "block");
  EXPECT_EQ(space[parameter("scale").when->parameter].name, "depth");
  EXPECT_FALSE(parameter("width").when.has_value());

  std::vector<const json*> theirs;
  for (const json& trial : made->at("trials")) {
    if (trial.at("number") != 1 && trial.at("state") != "WAITING") theirs.push_back(&trial);
  }
  ASSERT_EQ(read->trials.size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const Trial& trial = read->trials[i];
    const json& expected = *theirs[i];
    EXPECT_EQ(trial.number, static_cast<std::int64_t>(i));
    const json design = space.to_json(trial.design);
    EXPECT_EQ(design.at("learning_rate"), expected.at("design").at("learning rate"));
    EXPECT_EQ(design.at("width"), expected.at("design").at("width"));
    EXPECT_EQ(design.at("kernel"), expected.at("design").at("kernel"));
    EXPECT_NEAR(design.at("dropout").get<double>(), expected.at("design").at("dropout").get<double>(), 1e-12);
    EXPECT_EQ(design.contains("scale"), expected.at("design").contains("scale"));
    if (expected.at("state") == "COMPLETE") {
      EXPECT_EQ(trial.state, TrialState::complete);
      EXPECT_EQ(trial.metrics.at("error_rate"), expected.at("values")[0]);
      EXPECT_EQ(trial.metrics.at("constraint0"), expected.at("constraints")[0]);
      EXPECT_EQ(trial.metrics.at("width"), expected.at("user").at("width"));
    }
  }
  EXPECT_EQ(read->trials[1].state, TrialState::failed);
  EXPECT_EQ(read->trials[2].state, TrialState::stopped);
  EXPECT_EQ(read->trials[2].reports.size(), 1U);
  EXPECT_TRUE(read->trials[4].reports.empty());  // infinite ones are left out
}

}  // namespace
}  // namespace forecost::search
