// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/watch.h"

#include <gtest/gtest.h>

#include "tests/measurement/made_up_machine.h"

namespace forecost::measurement {
namespace {

using made_up::Machine;

constexpr double rounding = 1e-9;  // sums of a few hundred steps of the clock

/// One block of 100 ms of our own work on one thread, and what else `meanwhile` does to the machine.
template <typename Meanwhile>
Disturbance block(Machine& machine, Watch& watch, const Meanwhile& meanwhile) {
  watch.begin();
  machine.work(from_milliseconds(100));
  meanwhile();
  return watch.end();
}

TEST(Watch, OwnWorkDisturbsNothing) {
  Machine machine;
  Watch watch(machine, 1);
  const Disturbance seen = block(machine, watch, [] {});
  EXPECT_FALSE(seen.disturbed);
  EXPECT_NEAR(seen.stolen, 0, rounding);
  EXPECT_NEAR(seen.foreign, 0, rounding);
  EXPECT_NEAR(seen.slowdown, 0, rounding);
}

TEST(Watch, TimeStolenByTheHypervisorDisturbsFromTwoTicksOn) {
  Machine machine;
  Watch watch(machine, 1);
  EXPECT_FALSE(block(machine, watch, [&] { machine.steal(0.02); }).disturbed);
  const Disturbance seen = block(machine, watch, [&] { machine.steal(0.03); });
  EXPECT_TRUE(seen.disturbed);
  EXPECT_NEAR(seen.stolen, 0.03, rounding);
}

TEST(Watch, ALongBlockMayLoseATenthToTheHypervisor) {
  Machine machine;
  Watch watch(machine, 1);
  const auto longer = [&](double stolen) {
    return block(machine, watch, [&] {
      machine.work(from_milliseconds(900));
      machine.steal(stolen);
    });
  };
  EXPECT_FALSE(longer(0.095).disturbed);
  EXPECT_TRUE(longer(0.105).disturbed);
}

TEST(Watch, OthersOnTheCoreThatIsNeededDisturb) {
  Machine machine;
  machine.cores = 1;
  Watch watch(machine, 1);
  EXPECT_FALSE(block(machine, watch, [&] { machine.use_by_others(0.02); }).disturbed);
  const Disturbance seen = block(machine, watch, [&] { machine.use_by_others(0.03); });
  EXPECT_TRUE(seen.disturbed);
  EXPECT_NEAR(seen.foreign, 0.03, rounding);
}

TEST(Watch, OthersOnFreeCoresDisturbNothing) {
  Machine machine;
  machine.cores = 4;
  Watch watch(machine, 2);
  // Two free cores for 100 ms hold 200 ms of other work.
  EXPECT_FALSE(block(machine, watch, [&] { machine.use_by_others(0.2); }).disturbed);
  EXPECT_TRUE(block(machine, watch, [&] { machine.use_by_others(0.3); }).disturbed);
}

TEST(Watch, ASlowerClockDisturbsAndAFasterOneIsTheNewMeasure) {
  Machine machine;
  machine.step = from_microseconds(100);
  Watch watch(machine, 1);
  const Disturbance slow = block(machine, watch, [&] { machine.step = from_microseconds(125); });
  EXPECT_TRUE(slow.disturbed);
  EXPECT_NEAR(slow.slowdown, 0.2, rounding);
  EXPECT_FALSE(block(machine, watch, [&] { machine.step = from_microseconds(50); }).disturbed);
  const Disturbance back = block(machine, watch, [&] { machine.step = from_microseconds(100); });
  EXPECT_TRUE(back.disturbed);
  EXPECT_NEAR(back.slowdown, 0.5, rounding);
}

TEST(Watch, AMachineWithoutProcessorTimesIsWatchedByTheCanaryAlone) {
  Machine machine;
  machine.tells_times = false;
  Watch watch(machine, 1);
  EXPECT_FALSE(block(machine, watch, [&] { machine.steal(1); }).disturbed);
  EXPECT_TRUE(block(machine, watch, [&] { machine.step = from_microseconds(150); }).disturbed);
}

}  // namespace
}  // namespace forecost::measurement
