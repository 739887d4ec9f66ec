// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/accelerator/mapper.h"

namespace forecost::accelerator {
namespace {

/// Ratios 1, 1, 2, 6, 200 of one picojoule, no sparsity, no limits.
Accelerator plain() {
  Accelerator accelerator;
  accelerator.name = "plain";
  return accelerator;
}

TEST(Cost, AnAccessCostsWhatTheTableSays) {
  const AccessEnergy energy = {.read = Joules(2), .write = Joules(3)};
  EXPECT_DOUBLE_EQ(energy_of({.reads = 10, .fills = 1, .updates = 4}, energy).value, 10 * 2 + 5 * 3);
}

TEST(Cost, AStreamedWordIsWrittenToTheBufferAndReadAgain) {
  const Cost cost = stream_cost(plain(), 100, 50, 168 * 7);
  EXPECT_DOUBLE_EQ(cost.of(Part::dram).value, 150 * 200e-12);
  EXPECT_DOUBLE_EQ(cost.of(Part::buffer).value, 2 * 150 * 6e-12);
  EXPECT_DOUBLE_EQ(cost.of(Part::arithmetic).value, 168 * 7 * 1e-12);
  EXPECT_DOUBLE_EQ(cost.cycles, 7);
  EXPECT_EQ(cost.pace, Pace::arithmetic);
}

TEST(Cost, ANarrowLinkToDramSetsThePace) {
  Accelerator accelerator = plain();
  accelerator.dram_words_per_cycle = 0.5;
  const Cost cost = stream_cost(accelerator, 100, 50, 168);
  EXPECT_DOUBLE_EQ(cost.cycles, 300);
  EXPECT_EQ(cost.pace, Pace::dram);
}

TEST(Cost, EightBitsHalveMemoriesAndTakeAQuarterOfTheMultiplier) {
  const EnergyTable table = scaled({}, 8);
  EXPECT_DOUBLE_EQ(table.dram.read.value, 100e-12);
  EXPECT_DOUBLE_EQ(table.registers.write.value, 0.5e-12);
  EXPECT_DOUBLE_EQ(table.hop.value, 1e-12);
  EXPECT_NEAR(table.mac.value, (0.05 / 2 + 0.9 / 4) / 0.95 * 1e-12, 1e-24);
  EXPECT_EQ(table.bits, 8);
}

TEST(Cost, NarrowWeightsArePackedAndTakeNarrowMultipliers) {
  Work work;
  work.extent = {1, 64, 64, 14, 14, 3, 3};
  const Accelerator accelerator = plain();
  const Mapping whole = *map_work(accelerator, work);
  work.weight_bits = 4;
  const Cost narrow = cost_of(accelerator, hierarchy_of(accelerator), work, whole.traffic);
  EXPECT_NEAR(narrow.of(Part::arithmetic) / whole.cost.of(Part::arithmetic), (0.05 + 0.9 / 4) / 0.95, 1e-12);
  const Use& weights = whole.traffic.at(dram_memory, Tensor::weights);
  const Joules saved = energy_of(weights, accelerator.energy.dram) * 0.75;
  EXPECT_NEAR((whole.cost.of(Part::dram) - narrow.of(Part::dram)) / saved, 1, 1e-9);
  EXPECT_EQ(narrow.macs, whole.cost.macs);
}

TEST(Cost, SumsOfPowersOfTwoTakeAShiftAndAnAdditionEach) {
  EXPECT_DOUBLE_EQ(product_share(16, 4, 1), 2 * 0.05 / 0.95);
  EXPECT_DOUBLE_EQ(product_share(16, 7, 2), 4 * 0.05 / 0.95);
  EXPECT_DOUBLE_EQ(product_share(16, 32, 0), 1);  // no wider than a word
  EXPECT_DOUBLE_EQ(product_share(16, 0, 0), 1);
}

TEST(Cost, RunLengthCodePacksThreeWordsOf16BitsAndFiveOfEightInto64) {
  EXPECT_DOUBLE_EQ(coded_share(0.5, 16), 0.5 * 64 / 3 / 16);
  EXPECT_DOUBLE_EQ(coded_share(0.5, 8), 0.5 * 64 / 5 / 8);
  EXPECT_DOUBLE_EQ(coded_share(0, 16), 1);  // packing words without zeros would cost more
  EXPECT_DOUBLE_EQ(coded_share(1, 16), 0);
}

TEST(Cost, GatedZerosSaveTheirMultiplicationsAndNoCycle) {
  Work work;
  work.extent = {1, 64, 64, 14, 14, 3, 3};
  Accelerator accelerator = plain();
  const Mapping dense = *map_work(accelerator, work);
  accelerator.sparsity = {.weights = 0, .activations = 0.6, .gates = true, .compresses = false};
  const Cost sparse = cost_of(accelerator, hierarchy_of(accelerator), work, dense.traffic);
  EXPECT_DOUBLE_EQ(sparse.of(Part::arithmetic).value, 0.4 * dense.cost.of(Part::arithmetic).value);
  EXPECT_DOUBLE_EQ(sparse.of(Part::dram).value, dense.cost.of(Part::dram).value);
  EXPECT_LT(sparse.of(Part::registers), dense.cost.of(Part::registers));
  EXPECT_DOUBLE_EQ(sparse.cycles, dense.cost.cycles);
}

TEST(Cost, SumsAreOfOneAfterTheOther) {
  Cost sum = stream_cost(plain(), 10, 0, 168);
  const Cost other = stream_cost(plain(), 0, 30, 168 * 3);
  sum += other;
  EXPECT_DOUBLE_EQ(sum.cycles, 4);
  EXPECT_DOUBLE_EQ(sum.of(Part::dram).value, 40 * 200e-12);
}

}  // namespace
}  // namespace forecost::accelerator
