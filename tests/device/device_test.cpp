// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/device.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/device/canary.h"
#include "forecost/device/roof_loops.h"
#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Card three_levels() {
  Card card;
  card.memory = {{"L1", Bytes(32 << 10), 200e9}, {"L2", Bytes(1 << 20), 100e9}, {"DRAM", Bytes(0), 25e9}};
  return card;
}

TEST(Identity, NamesEveryDifferenceInWords) {
  Identity a;
  a.processor = "one", a.runtime = "onnxruntime", a.runtime_version = "1.21.0";
  Identity b = a;
  EXPECT_THAT(a.differences(b), ElementsAre());
  b.runtime_version = "1.32.0";
  b.settings.threads = 2;
  EXPECT_THAT(a.differences(b),
              ElementsAre("runtime version: 1.21.0 here, 1.32.0 there", "threads: 1 here, 2 there"));
}

TEST(Identity, WhichCoreIsNoDifferenceButWanderingIs) {
  Identity a, b;
  a.settings.cores = {0}, b.settings.cores = {1};
  EXPECT_THAT(a.differences(b), ElementsAre());
  b.settings.cores.clear();
  EXPECT_THAT(a.differences(b), ElementsAre("pinning: pinned here, free there"));
}

TEST(Identity, TheUsersNameIsNoDifference) {
  Identity a, b;
  a.name = "mine", b.name = "yours";
  EXPECT_THAT(a.differences(b), ElementsAre());
}

TEST(Identity, ReadsTheProcessorsNameFamilyAndModel) {
  FakeSystem system;
  system.files["/proc/cpuinfo"] =
      "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel "
      "name\t: other\n";
  const auto identity = identify_processor(system);
  EXPECT_EQ(identity.processor, "AMD EPYC, family 26 model 2");
  EXPECT_EQ(identity.cores, 2);
  EXPECT_FALSE(identity.instruction_set.empty());
  EXPECT_TRUE(identity.runtime.empty());
}

TEST(Identity, AnArmProcessorIsNamedByItsNumbers) {
  FakeSystem system;
  system.files["/proc/cpuinfo"] = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
  EXPECT_EQ(identify_processor(system).processor, "implementer 0x41 part 0xd0c");
}

TEST(Identity, WithoutCpuinfoTheProcessorIsUnknown) {
  EXPECT_EQ(identify_processor(FakeSystem{}).processor, "unknown");
}

TEST(Card, InsideALevelItsOwnBandwidthCounts) {
  const auto card = three_levels();
  EXPECT_DOUBLE_EQ(card.bandwidth_for(Bytes(1)), 200e9);
  EXPECT_DOUBLE_EQ(card.bandwidth_for(Bytes(32 << 10)), 200e9);
  EXPECT_DOUBLE_EQ(card.bandwidth_for(Bytes(512 << 10)), 100e9);
  EXPECT_DOUBLE_EQ(card.bandwidth_for(Bytes(1 << 30)), 25e9);
}

TEST(Card, HalfwayBetweenLevelsIsTheGeometricMean) {
  // From 1 MiB to four times that the line falls from 100 to 25 GB/s in log-log: at 2 MiB it is at 50.
  EXPECT_NEAR(three_levels().bandwidth_for(Bytes(2 << 20)), 50e9, 1);
}

TEST(Card, ALargerWorkingSetIsNeverFaster) {
  rc::check("bandwidth falls with the working set", [] {
    const auto a = *rc::gen::inRange<std::int64_t>(1, 1 << 26),
               b = *rc::gen::inRange<std::int64_t>(1, 1 << 26);
    const auto card = three_levels();
    RC_ASSERT(card.bandwidth_for(Bytes(std::min(a, b))) >=
              card.bandwidth_for(Bytes(std::max(a, b))) * (1 - 1e-12));
  });
}

TEST(Card, WithoutMeasuredMemoryThereIsNoBandwidth) {
  EXPECT_EQ(Card{}.bandwidth_for(Bytes(100)), 0);
}

TEST(Canary, DividesItsWorkByTheTimeThatPassed) {
  FakeSystem system;  // each look at the clock moves it by 1 ms: two rounds of 10 000 in 2 ms
  EXPECT_DOUBLE_EQ(canary_rate(system), 2 * multiply_add_loop(10'000) / 2e-3);
}

TEST(Roofs, TheLoopsCountTwiceTheWorkForTwiceTheRounds) {
  EXPECT_DOUBLE_EQ(multiply_add_loop(20), 2 * multiply_add_loop(10));
  EXPECT_DOUBLE_EQ(int8_dot_loop(20), 2 * int8_dot_loop(10));
}

TEST(Roofs, TheTriadReadsTwoArraysAndWritesOne) {
  std::vector<float> memory(3 * 160, 1.0F);
  EXPECT_DOUBLE_EQ(triad_loop(memory, 5), 5.0 * 3 * 160 * sizeof(float));
  for (std::size_t i = 0; i < 160; ++i) EXPECT_FLOAT_EQ(memory[i], 1.5F);
  for (std::size_t i = 160; i < 480; ++i) EXPECT_FLOAT_EQ(memory[i], 1.0F);
}

TEST(Roofs, OfThisMachineAreOrderedByDistance) {
  const auto system = this_machine();
  const auto card = measure_roofs(*system, identify_processor(*system));
  EXPECT_GT(card.peak_operations.at("float32"), 1e7);  // less than any machine of this century
  ASSERT_GE(card.memory.size(), 2u);
  EXPECT_EQ(card.memory.back().name, "DRAM");
  for (std::size_t i = 1; i < card.memory.size(); ++i) {
    EXPECT_LE(card.memory[i].bandwidth, card.memory[i - 1].bandwidth);
    if (i + 1 < card.memory.size()) {
      EXPECT_GE(card.memory[i].capacity, card.memory[i - 1].capacity);
    }
  }
  EXPECT_EQ(card.node_overhead, Seconds(0));
}

}  // namespace
}  // namespace forecost::device
