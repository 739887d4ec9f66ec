// SPDX-License-Identifier: Apache-2.0
// Workers under real slurmctld and slurmd, on a study in a real PostgreSQL.
#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/program.h"
#include "tests/app/slurm_cluster.h"
#include "tests/search/postgresql_server.h"

namespace forecost::app_tests {
namespace {

using nlohmann::json;
using search::tests::PostgresqlServer;
using ::testing::HasSubstr;

class Slurm : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string what = SlurmCluster::missing(); !what.empty()) GTEST_SKIP() << "skipped: " << what;
    if (!PostgresqlServer::programs()) GTEST_SKIP() << "skipped: PostgreSQL";
    database_ = std::make_unique<PostgresqlServer>();
    cluster_ = std::make_unique<SlurmCluster>(workplace_.folder() / "slurm");
    if (!cluster_->ready() && cluster_->logs().find("initialize cgroup plugin") != std::string::npos) {
      GTEST_SKIP() << "skipped: control groups that slurmd may use";
    }
    ASSERT_TRUE(cluster_->ready()) << cluster_->logs();
  }

  /// A study whose trials take `seconds` each and leave their number in runs.log when they begin.
  void write_study(int trials, double seconds) const {
    workplace_.write("objective.sh", R"(read task
echo "$task" | sed 's/.*"trial": *\([0-9]*\).*/\1/' >> runs.log
sleep )" + std::to_string(seconds) + R"(
echo '{"metrics": {"error": 0.5}}'
)");
    workplace_.write("s.toml", "trials = " + std::to_string(trials) + R"toml(
strategy = "random"
minimise = ["error"]
[parameters]
x = { type = "integer", low = 0, high = 99999 }
[objective]
command = ["sh", "objective.sh"]
)toml");
  }

  /// The number of the job.
  std::string submit(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"search",  "s.toml",   "--study", database_->address(),
                                   "--slurm", "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = workplace_.run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.exit_code == 0 ? json::parse(outcome.out).at("job").get<std::string>() : "";
  }

  /// One value of the database.
  std::string sql(const std::string& query) const {
    std::string text = output_of(*PostgresqlServer::programs() + "/psql -At -c \"" + query + "\" '" +
                                 database_->address() + "' 2>/dev/null");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  int number(const std::string& query) const {
    const std::string text = sql(query);
    return text.empty() ? -1 : std::stoi(text);
  }
  int complete() const { return number("SELECT count(*) FROM forecost_trial WHERE state='complete'"); }
  bool queue_is_empty() const { return output_of("squeue -h").empty(); }

  /// Each trial once, all with their result, nothing told twice.
  void expect_every_trial_once(int trials) const {
    const Outcome shown =
        workplace_.run({"study", "show", "s", "--study", database_->address(), "--format", "json"});
    ASSERT_EQ(shown.exit_code, 0) << shown.err;
    std::set<int> numbers;
    const json report = json::parse(shown.out);
    for (const json& trial : report.at("trials")) {
      numbers.insert(trial.at("trial").get<int>());
      EXPECT_EQ(trial.at("state"), "complete") << trial.dump();
    }
    EXPECT_EQ(report.at("trials").size(), static_cast<std::size_t>(trials));
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(trials));
    EXPECT_EQ(number("SELECT count(*) FROM forecost_late"), 0);
  }
  int runs() const {
    std::ifstream stream(workplace_.folder() / "runs.log");
    int lines = 0;
    for (std::string line; std::getline(stream, line);) ++lines;
    return lines;
  }
  std::string worker_logs() const {
    return output_of("tail -n 30 " + workplace_.folder().string() + "/s-*.log") + cluster_->logs();
  }

  Workplace workplace_;
  std::unique_ptr<PostgresqlServer> database_;
  std::unique_ptr<SlurmCluster> cluster_;
};

TEST_F(Slurm, AnArrayJobRunsAStudyToItsEnd) {
  write_study(12, 0.2);
  const std::string job = submit({"--workers", "3", "--partition", "main", "--time-limit", "1h"});
  EXPECT_THAT(output_of("scontrol show job " + job), HasSubstr("TimeLimit=01:00:00"));
  ASSERT_TRUE(comes_true([this] { return queue_is_empty(); })) << worker_logs();
  expect_every_trial_once(12);
  EXPECT_EQ(runs(), 12);
  for (const char* task : {"_0", "_1", "_2"}) {
    EXPECT_THAT(output_of("scontrol show job " + job + task), HasSubstr("JobState=COMPLETED"));
  }
}

TEST_F(Slurm, KilledWorkersLoseNoTrial) {
  write_study(30, 0.3);
  submit({"--workers", "4"});
  std::string dead = "''";
  for (int killed = 0; killed < 3; ++killed) {
    ASSERT_TRUE(comes_true([&] { return complete() > 3 * killed; })) << worker_logs();
    // host/boot/process/start
    const int process = number(
        "SELECT split_part(owner, '/', 3) FROM forecost_trial WHERE state='running' AND "
        "split_part(owner, '/', 3) NOT IN (" +
        dead + ") LIMIT 1");
    ASSERT_GT(process, 0);
    EXPECT_EQ(kill(process, SIGKILL), 0);
    dead += ", '" + std::to_string(process) + "'";
  }
  ASSERT_TRUE(comes_true([this] { return queue_is_empty(); })) << worker_logs();
  expect_every_trial_once(30);
  EXPECT_GE(number("SELECT max(epoch) FROM forecost_trial"), 2);
}

TEST_F(Slurm, TheDatabaseMayBeAwayForTenSeconds) {
  write_study(24, 0.3);
  submit({"--workers", "3"});
  ASSERT_TRUE(comes_true([this] { return complete() >= 4; })) << worker_logs();
  ASSERT_TRUE(database_->stop());
  std::this_thread::sleep_for(std::chrono::seconds(10));
  ASSERT_TRUE(database_->start());
  ASSERT_TRUE(comes_true([this] { return queue_is_empty(); })) << worker_logs();
  expect_every_trial_once(24);
  EXPECT_EQ(runs(), 24) << "no trial ran again";
}

TEST_F(Slurm, APreemptedJobGivesItsTrialBackAndGoesOnWhenItIsQueuedAgain) {
  write_study(28, 1.0);
  const std::string job = submit({"--workers", "4", "--lease", "1h"});
  ASSERT_TRUE(comes_true([this] { return complete() >= 4; })) << worker_logs();
  const std::string urgent = output_of("sbatch --parsable -p urgent -n 8 -o /dev/null --wrap 'sleep 2'");
  ASSERT_FALSE(urgent.empty());
  // All four workers are ended; what ran is given back, not left to its lease of an hour.
  ASSERT_TRUE(comes_true([&] { return output_of("squeue -h -t R -j " + job).empty(); })) << worker_logs();
  ASSERT_TRUE(comes_true([this] {
    return number("SELECT count(*) FROM forecost_trial WHERE state='running' AND owner<>''") == 0;
  })) << worker_logs();
  EXPECT_GT(number("SELECT count(*) FROM forecost_trial WHERE state='running'"), 0);
  ASSERT_TRUE(comes_true([this] { return queue_is_empty(); })) << worker_logs();
  expect_every_trial_once(28);
  EXPECT_EQ(number("SELECT max(epoch) FROM forecost_trial"), 1) << "nobody died";
  EXPECT_EQ(number("SELECT count(*) FROM forecost_trial WHERE failure<>''"), 0);
  EXPECT_THAT(output_of("scontrol show job " + job), HasSubstr("Restarts=1"));
}

TEST_F(Slurm, WhatSlurmRefusesIsAnErrorInItsWords) {
  write_study(1, 0);
  const Outcome outcome =
      workplace_.run({"search", "s.toml", "--study", database_->address(), "--slurm", "--partition", "none"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Invalid partition"));
  EXPECT_THAT(outcome.err, HasSubstr("sinfo"));
}

TEST(SlurmUsage, WorkersOfSlurmNeedADatabaseThatTheyCanShare) {
  const Workplace workplace;
  workplace.write("t.csv", "x,error\n0,1\n");
  workplace.write("s.toml", R"toml(
minimise = ["error"]
[parameters]
x = { type = "integer", low = 0, high = 9 }
[objective]
table = "t.csv"
)toml");
  const Outcome outcome = workplace.run({"search", "s.toml", "--slurm"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("--study postgresql://"));
  EXPECT_EQ(workplace.run({"search", "s.toml", "--partition", "main"}).exit_code, 2);
}

}  // namespace
}  // namespace forecost::app_tests
