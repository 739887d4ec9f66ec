// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/wave_scaling.h"

#include <cmath>

#include <gtest/gtest.h>

namespace forecost::predictor {
namespace {

device::Card card(double peak, double bandwidth) {
  device::Card card;
  card.peak_operations["float32"] = peak;
  card.memory = {{.name = "DRAM", .capacity = Bytes(1 << 30), .bandwidth = bandwidth}};
  return card;
}

layer::Kernel kernel(std::int64_t operations, std::int64_t bytes) {
  layer::Kernel kernel;
  kernel.cost.operations = Operations(operations);
  kernel.cost.read = Bytes(bytes);
  return kernel;
}

TEST(WaveScaling, WithoutArithmeticTheBandwidthsSetTheRatio) {
  const Seconds scaled = wave_scaled(kernel(0, 1000), Seconds(6), card(1e12, 1e11), card(9e12, 3e11));
  EXPECT_DOUBLE_EQ(scaled.value, 2);
}

TEST(WaveScaling, AtTheRidgePointBothCountHalf) {
  // 10 operations per byte, and 10 is what the destination can do per byte.
  const Seconds scaled = wave_scaled(kernel(10000, 1000), Seconds(6), card(1e12, 1e11), card(4e12, 4e11));
  EXPECT_NEAR(scaled.value, 1.5, 1e-12);
  EXPECT_DOUBLE_EQ(memory_share(kernel(10000, 1000), card(4e12, 4e11)), 0.5);
}

TEST(WaveScaling, FarAboveTheRidgePointThePeaksSetTheRatio) {
  const Seconds scaled = wave_scaled(kernel(1000000000, 1), Seconds(6), card(1e12, 1e9), card(3e12, 1e12));
  EXPECT_NEAR(scaled.value, 2, 1e-3);  // a share of 3 / (2 * 1e9) is memory's
}

TEST(WaveScaling, TheSameDeviceTakesTheSameTime) {
  const device::Card same = card(1e12, 1e11);
  EXPECT_DOUBLE_EQ(wave_scaled(kernel(5000, 1000), Seconds(7), same, same).value, 7);
}

}  // namespace
}  // namespace forecost::predictor
