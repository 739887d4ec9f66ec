// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/measure.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/measurement/scripted_runner.h"

namespace forecost::measurement {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Measure : public testing::Test {
 protected:
  std::vector<Result<Record>> measured(const std::vector<std::string>& names) {
    std::vector<Item> items;
    for (const auto& name : names) items.push_back(made_up::ScriptedRunner::item(name));
    return measure(bench_, items, protocol_);
  }

  /// Unprofiled runs, the same network's neighbours taken together: its blocks.
  std::vector<std::string> blocks() const {
    std::vector<std::string> list = runner_.runs;
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
  }

  /// What the clock shows for a run of this length: it moves one step between two readings.
  testing::Matcher<double> shown(Seconds time) const {
    return testing::DoubleNear((time + machine_.step).value, 1e-9);  // 1e-9: sums of the clock in doubles
  }

  /// This share of a run of 5 ms in the profile.
  testing::Matcher<double> split(double share) const {
    return testing::DoubleNear(share * five_.value, 1e-12);  // differences of the clock in doubles
  }

  made_up::Machine machine_;
  made_up::ScriptedRunner runner_{machine_};
  Bench bench_{.system = machine_, .runner = runner_, .settings = {.threads = 1}};
  Protocol protocol_;
  const Seconds five_ = from_milliseconds(5);
};

TEST_F(Measure, BlocksOfAllNetworksAreInterleaved) {
  for (const char* name : {"A", "B", "C"}) runner_.always(name, five_);
  const auto records = measured({"A", "B", "C"});
  EXPECT_THAT(records, Each(testing::Truly([](const auto& record) { return record.has_value(); })));
  EXPECT_THAT(blocks(), ElementsAre("A", "B", "C", "A", "B", "C", "A", "B", "C"));
}

TEST_F(Measure, ARecordHasEveryUnprofiledRun) {
  runner_.always("A", five_);
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_EQ(records[0]->name, "A");
  EXPECT_EQ(records[0]->disturbed_blocks, 0);
  EXPECT_EQ(records[0]->run_seconds.size(), runner_.runs.size());
  EXPECT_THAT(records[0]->run_seconds, Each(shown(five_)));
}

TEST_F(Measure, KernelsGetTheProfiledTimesOfTheirOwnNodes) {
  runner_.always("A", five_);
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  ASSERT_EQ(records[0]->kernels.size(), 2U);
  for (const auto& samples : records[0]->kernel_seconds)
    EXPECT_EQ(samples.size(), static_cast<std::size_t>(protocol_.profiled_runs));
  EXPECT_THAT(records[0]->kernel_seconds[0], Each(split(0.25)));
  EXPECT_THAT(records[0]->kernel_seconds[1], Each(split(0.75)));
}

TEST_F(Measure, RunsBeforeTheNetworkIsWarmAreNoSamples) {
  // Each of the first eight runs is a fifth faster than the one before.
  runner_.scripts["A"] = [&](int run) -> Status {
    machine_.work(five_ * std::pow(1.25, std::max(0, 8 - run)));
    return Done{};
  };
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_THAT(records[0]->kernel_seconds[0], Each(split(0.25)));
  EXPECT_THAT(records[0]->run_seconds, Each(shown(five_)));
}

TEST_F(Measure, ANetworkThatNeverSettlesIsMeasuredAllTheSame) {
  runner_.scripts["A"] = [&](int run) -> Status {
    machine_.work(five_ * (run % 2 == 0 ? 1.0 : 2.0));
    return Done{};
  };
  EXPECT_TRUE(measured({"A"})[0]);
}

TEST_F(Measure, ShortRunsAreProfiledMoreOften) {
  runner_.always("short", from_microseconds(300));
  runner_.always("long", from_milliseconds(50));
  const auto records = measured({"short", "long"});
  EXPECT_EQ(records[0]->kernel_seconds[0].size(), static_cast<std::size_t>(protocol_.most_profiled_runs));
  EXPECT_EQ(records[1]->kernel_seconds[0].size(), static_cast<std::size_t>(protocol_.profiled_runs));
}

TEST_F(Measure, ADisturbedBlockIsMeasuredAgainAndCounted) {
  int unprofiled_from = -1;
  runner_.scripts["A"] = [&](int run) -> Status {
    if (!runner_.runs.empty() && unprofiled_from < 0) unprofiled_from = run;
    // From the second unprofiled run on, three runs are slow: the hypervisor takes the core away.
    const bool stolen = unprofiled_from >= 0 && run < unprofiled_from + 3;
    machine_.work(five_ * (stolen ? 4.0 : 1.0));
    if (stolen) machine_.steal(0.1);
    return Done{};
  };
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_GT(records[0]->disturbed_blocks, 0);
  EXPECT_THAT(records[0]->run_seconds, Each(shown(five_)));
  EXPECT_LT(records[0]->run_seconds.size(), runner_.runs.size());
}

TEST_F(Measure, AMachineThatIsAlwaysDisturbedStillGivesANumber) {
  runner_.scripts["A"] = [&](int) -> Status {
    machine_.work(five_);
    machine_.steal(0.1);
    return Done{};
  };
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_EQ(records[0]->disturbed_blocks, protocol_.most_blocks - 1);
  EXPECT_THAT(records[0]->run_seconds, Not(IsEmpty()));
}

TEST_F(Measure, BlocksGoOnUntilTheBestTwoAgree) {
  // Each unprofiled run is 3 % faster than the one before, so that no two blocks agree to 1 %.
  runner_.scripts["A"] = [&](int) -> Status {
    machine_.work(five_ * 10.0 * std::pow(0.97, static_cast<double>(runner_.runs.size())));
    return Done{};
  };
  protocol_.block = Seconds(1e-3);  // one run
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_EQ(records[0]->run_seconds.size(), static_cast<std::size_t>(protocol_.most_blocks));
}

TEST_F(Measure, ALongNetworkEndsAfterItsShareOfTime) {
  runner_.always("A", Seconds(3));
  const auto records = measured({"A"});
  ASSERT_TRUE(records[0]) << to_string(records[0].error());
  EXPECT_EQ(records[0]->run_seconds.size(), 2U);  // 3 s, then 6 s, which is over the 4 s of the protocol
}

TEST_F(Measure, ANetworkThatFailsDoesNotStopTheOthers) {
  runner_.always("A", five_);
  runner_.always("D", five_);
  runner_.scripts["C"] = [&](int) -> Status {
    machine_.work(five_);
    if (runner_.runs.size() > 3) return Error{Fault::failed, "out of luck", "C", "try another day"};
    return Done{};
  };
  const auto records = measured({"A", "refused", "C", "D"});
  ASSERT_EQ(records.size(), 4U);
  EXPECT_TRUE(records[0]);
  ASSERT_FALSE(records[1]);
  EXPECT_THAT(records[1].error().what, HasSubstr("refuses"));
  ASSERT_FALSE(records[2]);
  EXPECT_EQ(records[2].error().what, "out of luck");
  EXPECT_TRUE(records[3]);
}

TEST_F(Measure, AStopBeforeTheFirstNetworkInterruptsAll) {
  runner_.always("A", five_);
  bench_.stop = [] { return true; };
  const auto records = measured({"A", "A"});
  for (const auto& record : records) {
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().fault, Fault::interrupted);
  }
  EXPECT_THAT(runner_.runs, IsEmpty());
}

TEST_F(Measure, AStopKeepsWhatIsFinishedAndInterruptsTheRest) {
  protocol_.blocks = 2;
  runner_.always("done", five_);
  // Each run is slower than the one before, so that no two blocks agree.
  runner_.scripts["slow"] = [&](int run) -> Status {
    machine_.work(five_ * (1 + 0.05 * run));
    return Done{};
  };
  int asked = 0;
  bench_.stop = [&] { return ++asked > 2 + 4; };  // two openings and two blocks of each network
  const auto records = measured({"done", "slow"});
  EXPECT_TRUE(records[0]);
  ASSERT_FALSE(records[1]);
  EXPECT_EQ(records[1].error().fault, Fault::interrupted);
  EXPECT_EQ(records[1].error().where, "slow");
  EXPECT_THAT(records[1].error().hint, HasSubstr("again"));
}

TEST_F(Measure, EmptiedCachesAreNotedInTheRecordAndItsKernels) {
  runner_.always("A", five_);
  Item warm = made_up::ScriptedRunner::item("A"), cold = warm;
  cold.evict = Bytes(1 << 20);
  const auto records = measure(bench_, std::vector<Item>{warm, cold}, protocol_);
  ASSERT_TRUE(records[0] && records[1]);
  EXPECT_FALSE(records[0]->evicted);
  EXPECT_TRUE(records[1]->evicted);
  EXPECT_EQ(records[1]->kernels[0].footprint, records[0]->kernels[0].footprint + cold.evict);
}

TEST_F(Measure, NothingToMeasureIsNoError) {
  EXPECT_THAT(measured({}), IsEmpty());
}

}  // namespace
}  // namespace forecost::measurement
