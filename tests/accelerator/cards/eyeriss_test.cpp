// SPDX-License-Identifier: Apache-2.0
// Chen, Krishna, Emer, Sze: Eyeriss, JSSC 52(1), 2017; energy ratios of Chen, Emer, Sze, ISCA 2016.
#include <gtest/gtest.h>

#include "forecost/accelerator/mapper.h"

namespace forecost::accelerator {
namespace {

const Accelerator& eyeriss() {
  static const Accelerator card = find_accelerator("eyeriss")->accelerator();
  return card;
}

TEST(Eyeriss, IsSoundAndHas168ElementsAnd108KiB) {
  EXPECT_TRUE(check(eyeriss()).has_value());
  EXPECT_EQ(eyeriss().elements(), 168);
  EXPECT_EQ(eyeriss().buffer_words(), 108 * 1024 / 2);
  EXPECT_EQ(eyeriss().name, "eyeriss");
}

TEST(Eyeriss, AMultiplyAccumulateTakes1694FemtojoulesAndDramTwoHundredTimesThat) {
  const EnergyTable& table = eyeriss().energy;
  EXPECT_NEAR(table.mac.value, 1.694e-12, 0.0005e-12);  // 0.95 pJ x 1.783, published with four digits
  EXPECT_DOUBLE_EQ(table.registers.read / table.mac, 1);
  EXPECT_DOUBLE_EQ(table.hop / table.mac, 2);
  EXPECT_DOUBLE_EQ(table.buffer.read / table.mac, 6);
  EXPECT_DOUBLE_EQ(table.dram.read / table.mac, 200);
}

TEST(Eyeriss, RegistersTakeMostOfTheEnergyOfAConvolutionAndDramMostOfAFullyConnectedLayer) {
  // ISCA 2016, section VII: registers dominate in convolutions, DRAM in fully connected layers.
  Work convolution, connected;
  convolution.extent = {16, 384, 256, 13, 13, 3, 3};
  connected.extent = {1, 4096, 4096, 1, 1, 1, 1};
  const auto largest = [](const Cost& cost) {
    Part part = Part::arithmetic;
    for (const Part candidate : all_parts) {
      if (cost.of(candidate) > cost.of(part)) part = candidate;
    }
    return part;
  };
  EXPECT_EQ(largest(map_work(eyeriss(), convolution)->cost), Part::registers);
  EXPECT_EQ(largest(map_work(eyeriss(), connected)->cost), Part::dram);
}

}  // namespace
}  // namespace forecost::accelerator
