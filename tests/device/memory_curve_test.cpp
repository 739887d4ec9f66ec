// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/memory_curve.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/device/fake_system.h"

namespace forecost::device {
namespace {

void add_cache(FakeSystem& system, int index, const char* type, const char* size, const char* cores) {
  const auto folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
  system.files[folder + "type"] = type;
  system.files[folder + "size"] = size;
  system.files[folder + "shared_cpu_list"] = cores;
}

FakeSystem with_caches() {
  FakeSystem system;
  add_cache(system, 0, "Data\n", "48K\n", "0\n");
  add_cache(system, 1, "Instruction\n", "32K\n", "0\n");
  add_cache(system, 2, "Unified\n", "1024K\n", "0\n");
  add_cache(system, 3, "Unified\n", "32M\n", "0-1\n");
  return system;
}

/// A hierarchy with sharp borders.
std::vector<CurvePoint> stairs(std::int64_t l1, std::int64_t l2, std::int64_t l3) {
  std::vector<CurvePoint> curve;
  for (double size = 8 << 10; size < 3e8; size *= std::sqrt(2.0)) {
    const double bandwidth = size <= static_cast<double>(l1)   ? 400e9
                             : size <= static_cast<double>(l2) ? 150e9
                             : size <= static_cast<double>(l3) ? 90e9
                                                               : 25e9;
    curve.push_back({Bytes(std::llround(size)), bandwidth});
  }
  return curve;
}

TEST(StatedCaches, PrivateOnesCountOncePerThreadAndInstructionsDoNotCount) {
  const auto system = with_caches();
  EXPECT_EQ(stated_caches(system, 1), (std::vector{Bytes(48 << 10), Bytes(1 << 20), Bytes(32 << 20)}));
  EXPECT_EQ(stated_caches(system, 2), (std::vector{Bytes(96 << 10), Bytes(2 << 20), Bytes(32 << 20)}));
}

TEST(StatedCaches, AreTypicalWhereTheKernelStatesNone) {
  EXPECT_EQ(stated_caches(FakeSystem{}, 1), (std::vector{Bytes(32 << 10), Bytes(512 << 10), Bytes(8 << 20)}));
}

TEST(Levels, AStaircaseGivesItsStepsBack) {
  const auto levels = levels_of(stairs(48 << 10, 1 << 20, 32 << 20), stated_caches(with_caches(), 1));
  ASSERT_EQ(levels.size(), 4u);
  EXPECT_EQ(levels[0].bandwidth, 400e9);
  EXPECT_EQ(levels[1].bandwidth, 150e9);
  EXPECT_EQ(levels[2].bandwidth, 90e9);
  EXPECT_EQ(levels[3].bandwidth, 25e9);
  // Points lie a factor of sqrt 2 apart, which bounds what a border can be known to.
  EXPECT_NEAR(std::log2(levels[0].capacity / Bytes(48 << 10)), 0, 0.5);
  EXPECT_NEAR(std::log2(levels[1].capacity / Bytes(1 << 20)), 0, 0.5);
  EXPECT_NEAR(std::log2(levels[2].capacity / Bytes(32 << 20)), 0, 0.5);
}

TEST(Levels, ACacheThatAVirtualMachineGotLessOfIsMeasuredSmaller) {
  const auto levels = levels_of(stairs(48 << 10, 1 << 20, 10 << 20), stated_caches(with_caches(), 1));
  ASSERT_EQ(levels.size(), 4u);
  EXPECT_EQ(levels[2].bandwidth, 90e9);
  EXPECT_NEAR(std::log2(levels[2].capacity / Bytes(10 << 20)), 0, 0.5);
}

TEST(Levels, ANoisyRiseWithDistanceIsLevelled) {
  auto curve = stairs(48 << 10, 1 << 20, 32 << 20);
  for (auto& point : curve) {
    if (point.working_set > Bytes(1 << 20)) point.bandwidth = 200e9;
  }
  const auto levels = levels_of(curve, stated_caches(with_caches(), 1));
  for (std::size_t i = 1; i < levels.size(); ++i) EXPECT_LE(levels[i].bandwidth, levels[i - 1].bandwidth);
}

TEST(Levels, WithoutPointsThereAreNone) {
  EXPECT_TRUE(levels_of({}, stated_caches(FakeSystem{}, 1)).empty());
}

}  // namespace
}  // namespace forecost::device
