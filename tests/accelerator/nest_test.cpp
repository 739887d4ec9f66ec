// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/nest.h"

#include <numeric>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "known_timeloop.h"

namespace forecost::accelerator {
namespace {

constexpr Keeps everything = {true, true, true};
constexpr Keeps inputs_and_outputs = {false, true, true};
constexpr Keeps weights_alone = {true, false, false};
constexpr Keeps inputs_alone = {false, true, false};
constexpr Keeps outputs_alone = {false, false, true};

/// Timeloop's exercise: VGG02 layer 5 on its Eyeriss-like array, with the mapping of its reference output.
struct Vgg {
  Work work;
  Nest nest;
  std::vector<Keeps> keeps = {everything, inputs_and_outputs, inputs_alone, weights_alone, outputs_alone};

  Vgg() {
    work.extent = {1, 256, 128, 56, 56, 3, 3};
    nest.loops = {{Dim::q, 4}, {Dim::c, 4}, {Dim::p, 7},        {Dim::m, 4},       {Dim::m, 2},
                  {Dim::c, 4}, {Dim::p, 8}, {Dim::q, 14, true}, {Dim::m, 4, true}, {Dim::s, 3, true},
                  {Dim::r, 3}, {Dim::c, 8}, {Dim::m, 8}};
    nest.start = {0, 4, 10, 10, 12};
  }
};

void expect_use(const Traffic& traffic, std::size_t memory, Tensor tensor, const Use& expected) {
  const Use& use = traffic.at(memory, tensor);
  EXPECT_DOUBLE_EQ(use.reads, expected.reads) << memory << ' ' << name_of(tensor);
  EXPECT_DOUBLE_EQ(use.fills, expected.fills) << memory << ' ' << name_of(tensor);
  EXPECT_DOUBLE_EQ(use.updates, expected.updates) << memory << ' ' << name_of(tensor);
}

TEST(Nest, CountsWhatTimeloopCountsForVggOnItsEyeriss) {
  const Vgg vgg;
  const Traffic traffic = traffic_of(vgg.work, vgg.nest, vgg.keeps);
  EXPECT_DOUBLE_EQ(traffic.steps, 5505024);
  EXPECT_DOUBLE_EQ(traffic.copies, 168);
  expect_use(traffic, 0, Tensor::weights, {.reads = 8257536, .fills = 0, .updates = 0});
  expect_use(traffic, 0, Tensor::inputs, {.reads = 573440, .fills = 0, .updates = 0});
  expect_use(traffic, 0, Tensor::outputs, {.reads = 2408448, .fills = 0, .updates = 3211264});
  expect_use(traffic, 1, Tensor::inputs, {.reads = 12042240, .fills = 573440, .updates = 0});
  expect_use(traffic, 1, Tensor::outputs, {.reads = 12042240, .fills = 2408448, .updates = 12845056});
  expect_use(traffic, 2, Tensor::inputs, {.reads = 5505024.0 * 168, .fills = 286720.0 * 168, .updates = 0});
  expect_use(traffic, 3, Tensor::weights, {.reads = 5505024.0 * 168, .fills = 688128.0 * 168, .updates = 0});
  expect_use(traffic, 4, Tensor::outputs,
             {.reads = 5490688.0 * 168, .fills = 215040.0 * 168, .updates = 5505024.0 * 168});
}

TEST(Nest, HoldsTheTilesThatTimeloopPrints) {
  const Vgg vgg;
  EXPECT_DOUBLE_EQ(tile_words(vgg.work, vgg.nest, 1, Tensor::inputs), 5120);
  EXPECT_DOUBLE_EQ(tile_words(vgg.work, vgg.nest, 1, Tensor::outputs), 7168);
  EXPECT_DOUBLE_EQ(tile_words(vgg.work, vgg.nest, 2, Tensor::inputs), 24);
  EXPECT_DOUBLE_EQ(tile_words(vgg.work, vgg.nest, 3, Tensor::weights), 192);
  EXPECT_DOUBLE_EQ(tile_words(vgg.work, vgg.nest, 4, Tensor::outputs), 8);
}

TEST(Nest, AgreesWithEveryReferenceOutputOfTimeloop) {
  const auto cases = studies::timeloop_cases();
  ASSERT_TRUE(cases.has_value()) << to_string(cases.error());
  if (cases->empty()) GTEST_SKIP() << "skipped: ../shared/data/simulators is not there";
  EXPECT_EQ(cases->size(), 3);
  for (const studies::TimeloopCase& reference : *cases) {
    for (const studies::TimeloopGap& gap : studies::gaps_of(reference)) {
      EXPECT_EQ(gap.counts, 0) << reference.name;
      EXPECT_LT(gap.energy, 1e-5) << reference.name;  // energies per access have six digits
    }
    // printed with two decimals
    EXPECT_NEAR(studies::total_energy_uj(reference), reference.total_energy_uj, 0.0051) << reference.name;
  }
}

TEST(Nest, RowsThatNeighboursShareAreReadOnceWhereTheArrayPassesThemOn) {
  Work work;
  work.extent = {1, 1, 1, 1, 14, 1, 3};  // one row of 14 outputs, filter of 3: 16 inputs
  Nest nest;
  nest.loops = {{Dim::q, 14, true}, {Dim::s, 3, true}};
  nest.start = {0, 0, 2};
  const std::vector<Keeps> keeps = {everything, everything, inputs_alone};
  EXPECT_DOUBLE_EQ(traffic_of(work, nest, keeps, Halo::separate).at(1, Tensor::inputs).reads, 42);
  EXPECT_DOUBLE_EQ(traffic_of(work, nest, keeps, Halo::shared).at(1, Tensor::inputs).reads, 16);
  EXPECT_DOUBLE_EQ(traffic_of(work, nest, keeps, Halo::shared).hops[index_of(Tensor::inputs)], 26);
}

TEST(Nest, LastTilesAreAsSmallAsTheyAre) {
  Work work;
  work.extent = {1, 10, 7, 1, 1, 1, 1};
  Nest nest;
  nest.loops = {{Dim::c, 2}, {Dim::m, 3}, {Dim::m, 4}, {Dim::c, 4}};  // covers 12 x 8
  nest.start = {0, 2};
  const Traffic traffic = traffic_of(work, nest, {everything, everything});
  EXPECT_DOUBLE_EQ(traffic.at(0, Tensor::weights).reads, 70);
  EXPECT_DOUBLE_EQ(traffic.at(0, Tensor::inputs).reads, 7);  // stays while filters turn
  EXPECT_DOUBLE_EQ(traffic.at(0, Tensor::outputs).updates, 20);
  EXPECT_DOUBLE_EQ(traffic.at(1, Tensor::weights).reads, 70);
  EXPECT_DOUBLE_EQ(traffic.steps, 70);
}

TEST(Nest, EveryMemoryMustSayWhatItKeeps) {
  const Vgg vgg;
  EXPECT_THROW(traffic_of(vgg.work, vgg.nest, {everything}), BrokenContract);
}

/// Loops in any order at two memories over an array.
RC_GTEST_PROP(NestLaw, NoMemoryIsAskedForLessThanTheWholeTensor, ()) {
  Work work;
  for (auto& size : work.extent) size = *rc::gen::inRange<std::int64_t>(1, 9);
  work.stride_p = *rc::gen::inRange<std::int64_t>(1, 4);
  work.stride_q = work.stride_p;
  Nest nest;
  Extents left = work.extent;
  for (int memory = 0; memory < 3; ++memory) {
    nest.start.push_back(nest.loops.size());
    std::array<int, dim_count> order = {};
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = 0; i < dim_count; ++i) {
      std::swap(order[i], order[*rc::gen::inRange<std::size_t>(i, dim_count)]);
    }
    for (const int d : order) {
      const auto at = static_cast<std::size_t>(d);
      const std::int64_t turns = memory == 2 ? left[at] : *rc::gen::inRange<std::int64_t>(1, left[at] + 1);
      left[at] = (left[at] + turns - 1) / turns;
      nest.loops.push_back({static_cast<Dim>(d), turns, memory == 1 && *rc::gen::arbitrary<bool>()});
    }
  }
  const Traffic traffic = traffic_of(work, nest, {everything, everything, everything});
  constexpr double rounding = 1 - 1e-12;
  for (std::size_t memory = 0; memory < 3; ++memory) {
    for (const Tensor tensor : {Tensor::weights, Tensor::inputs}) {
      RC_ASSERT(traffic.at(memory, tensor).reads >= rounding * work.words(tensor));
    }
    RC_ASSERT(traffic.at(memory, Tensor::outputs).updates >= rounding * work.words(Tensor::outputs));
  }
  for (const Tensor tensor : all_tensors) {  // what is kept further in is asked for at least as often
    for (std::size_t memory = 1; memory < 3; ++memory) {
      const auto asked = [&](std::size_t at) {
        return tensor == Tensor::outputs ? traffic.at(at, tensor).updates : traffic.at(at, tensor).reads;
      };
      RC_ASSERT(asked(memory) >= rounding * asked(memory - 1));
    }
  }
  RC_ASSERT(traffic.steps * traffic.copies >= rounding * work.macs());
}

}  // namespace
}  // namespace forecost::accelerator
