// SPDX-License-Identifier: Apache-2.0
// Against a stand-in for sbatch; tests/app/slurm_test.cpp runs real daemons.
#include "forecost/search/slurm_jobs.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

SlurmJob small_job() {
  SlurmJob job;
  job.name = "mnist";
  job.command = {"/opt/forecost", "search", "it's $HOME.toml"};
  job.workers = 16;
  return job;
}

TEST(SlurmJobs, TheScriptBecomesTheWorkerAndQuotesItsWords) {
  EXPECT_EQ(slurm_script(small_job()), "#!/bin/sh\nexec '/opt/forecost' 'search' 'it'\\''s $HOME.toml'\n");
}

TEST(SlurmJobs, IsAnArrayThatSlurmMayQueueAgain) {
  SlurmJob job = small_job();
  EXPECT_THAT(slurm_command(job), Contains("--array=0-15"));
  EXPECT_THAT(slurm_command(job), Contains("--requeue"));
  EXPECT_THAT(slurm_command(job), Not(Contains(StartsWith("--partition"))));
  EXPECT_THAT(slurm_command(job), Not(Contains(StartsWith("--time"))));
  job.partition = "gpu";
  job.time_limit = Seconds(100.5 * 3600 + 61);
  job.options = {"--gres=gpu:1"};
  EXPECT_THAT(slurm_command(job), Contains("--partition=gpu"));
  EXPECT_THAT(slurm_command(job), Contains("--time=100:31:01"));
  EXPECT_EQ(slurm_command(job).back(), "--gres=gpu:1");
}

/// A folder whose sbatch is a script, first in PATH.
class FakeSlurm : public ::testing::Test {
 protected:
  void make_sbatch(const std::string& script) const {
    const auto file = place_.write("sbatch", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    setenv("PATH", (place_.path().string() + ":" + path_).c_str(), 1);
  }
  ~FakeSlurm() override { setenv("PATH", path_.c_str(), 1); }

  tests::Temporary place_;
  std::string path_ = std::getenv("PATH");
};

TEST_F(FakeSlurm, GetsTheScriptAndGivesTheNumberOfTheJob) {
  make_sbatch("cat > '" + (place_.path() / "got").string() + "'; echo '4711;cluster'");
  EXPECT_EQ(submit(small_job(), place_.system()).value(), "4711");
  EXPECT_EQ(place_.system().read_text(place_.path() / "got").value(), slurm_script(small_job()));
}

TEST_F(FakeSlurm, ARefusalIsAnErrorInItsWords) {
  make_sbatch("echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1");
  const auto refused = submit(small_job(), place_.system());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::failed);
  EXPECT_THAT(refused.error().what, HasSubstr("invalid partition specified"));
  make_sbatch("echo nonsense");
  EXPECT_EQ(submit(small_job(), place_.system()).error().fault, Fault::failed);
}

TEST_F(FakeSlurm, WithoutSbatchTheHintSaysWhereToRun) {
  setenv("PATH", place_.path().c_str(), 1);
  const auto absent = submit(small_job(), place_.system());
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().fault, Fault::not_found);
  EXPECT_THAT(absent.error().hint, HasSubstr("by hand"));
}

}  // namespace
}  // namespace forecost::search
