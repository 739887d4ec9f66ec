// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace forecost::accelerator {
namespace {

using testing::ElementsAre;

Accelerator eyeriss() {
  return find_accelerator("eyeriss")->accelerator();
}

Work convolution(const Extents& extent, std::int64_t stride = 1) {
  Work work;
  work.extent = extent;
  work.stride_p = work.stride_q = stride;
  return work;
}

Mapping mapped(const Accelerator& accelerator, const Work& work) {
  auto mapping = map_work(accelerator, work);
  if (!mapping) throw std::runtime_error(to_string(mapping.error()));
  return *std::move(mapping);
}

Work any_work() {
  const auto size = [](std::int64_t most) { return *rc::gen::inRange<std::int64_t>(1, most); };
  const std::int64_t filter = *rc::gen::element<std::int64_t>(1, 3, 5, 7);
  const std::int64_t image = size(40);
  return convolution({size(4), size(200), size(200), image, image, filter, filter}, size(3));
}

TEST(TileSizes, CutIntoPiecesAboutEquallyLarge) {
  EXPECT_THAT(tile_sizes(55, 14, 1.25), ElementsAre(14, 11, 8, 6, 4, 3, 2, 1));
  EXPECT_THAT(tile_sizes(3, 12, 1.0), ElementsAre(3, 2, 1));
  EXPECT_THAT(tile_sizes(13, 13, 2.0), ElementsAre(13, 5, 2, 1));
  EXPECT_THAT(tile_sizes(1, 5, 1.5), ElementsAre(1));
}

TEST(Mapper, FillsTheArrayWithAlexNetsThirdConvolution) {
  const Mapping mapping = mapped(eyeriss(), convolution({4, 384, 256, 13, 13, 3, 3}));
  EXPECT_GT(mapping.utilisation(eyeriss()), 0.92);  // 13 of 14 columns, all 12 rows, is there: 0.929
  EXPECT_LE(mapping.utilisation(eyeriss()), 1);
}

TEST(Mapper, GivesTheSameMappingTwice) {
  const Work work = convolution({1, 128, 96, 27, 27, 5, 5});
  const Mapping first = mapped(eyeriss(), work), second = mapped(eyeriss(), work);
  EXPECT_EQ(to_text(first.nest), to_text(second.nest));
  EXPECT_EQ(first.cost.total().value, second.cost.total().value);
}

TEST(Mapper, EveryDataflowMapsConvolutionsAndMatrixProducts) {
  for (const Dataflow dataflow :
       {Dataflow::row_stationary, Dataflow::weight_stationary, Dataflow::output_stationary}) {
    Accelerator accelerator = eyeriss();
    accelerator.dataflow = dataflow;
    for (const Work& work :
         {convolution({1, 96, 3, 55, 55, 11, 11}, 4), convolution({1, 1000, 4096, 1, 1, 1, 1}),
          convolution({1, 1, 1, 56, 56, 3, 3})}) {
      const Mapping mapping = mapped(accelerator, work);
      EXPECT_GT(mapping.utilisation(accelerator), 0) << name_of(dataflow);
      EXPECT_LE(mapping.utilisation(accelerator), 1 + 1e-9) << name_of(dataflow);
      EXPECT_DOUBLE_EQ(mapping.cost.macs, work.macs()) << name_of(dataflow);
    }
  }
}

TEST(Mapper, AGroupedConvolutionCostsItsGroupsOneAfterTheOther) {
  Work one = convolution({1, 128, 48, 27, 27, 5, 5});
  Work two = one;
  two.repeats = 2;
  const Mapping single = mapped(eyeriss(), one), twice = mapped(eyeriss(), two);
  EXPECT_DOUBLE_EQ(twice.cost.total().value, 2 * single.cost.total().value);
  EXPECT_DOUBLE_EQ(twice.cost.cycles, 2 * single.cost.cycles);
}

TEST(Mapper, SaysWhichMemoryIsTooSmall) {
  Accelerator accelerator = eyeriss();
  accelerator.buffer_bytes = 8;
  const auto mapping = map_work(accelerator, convolution({1, 64, 64, 28, 28, 7, 7}));
  ASSERT_FALSE(mapping.has_value());
  EXPECT_EQ(mapping.error().fault, Fault::unsupported);
  EXPECT_NE(mapping.error().hint.find("[buffer]"), std::string::npos);
}

RC_GTEST_PROP(MapperLaw, ALargerBufferIsNeverWorse, ()) {
  const Work work = any_work();
  Accelerator accelerator = eyeriss();
  accelerator.dataflow =
      *rc::gen::element(Dataflow::row_stationary, Dataflow::weight_stationary, Dataflow::output_stationary);
  accelerator.aim = *rc::gen::element(Aim::energy_delay, Aim::energy, Aim::delay);
  accelerator.buffer_bytes = 16 * 1024;
  const double small = aimed(mapped(accelerator, work).cost, accelerator.aim);
  accelerator.buffer_bytes = *rc::gen::element<std::int64_t>(24, 48, 108, 512) * 1024;
  RC_ASSERT(aimed(mapped(accelerator, work).cost, accelerator.aim) <= small);
}

RC_GTEST_PROP(MapperLaw, EnergyIsAtLeastThatOfTheCompulsoryTraffic, ()) {
  const Work work = any_work();
  Accelerator accelerator = eyeriss();
  accelerator.sparsity = {};
  const Mapping mapping = mapped(accelerator, work);
  const EnergyTable& table = accelerator.energy;
  double words = 0;
  for (const Tensor tensor : all_tensors) words += work.words(tensor);
  constexpr double rounding = 1 - 1e-12;
  RC_ASSERT(mapping.cost.of(Part::dram).value >= rounding * words * table.dram.read.value);
  RC_ASSERT(mapping.cost.of(Part::arithmetic).value >= rounding * work.macs() * table.mac.value);
  RC_ASSERT(mapping.cost.cycles * static_cast<double>(accelerator.elements()) >= rounding * work.macs());
}

RC_GTEST_PROP(MapperLaw, TilesFitIntoTheirMemories, ()) {
  const Work work = any_work();
  const Accelerator accelerator = eyeriss();
  const Hierarchy hierarchy = hierarchy_of(accelerator);
  const Mapping mapping = mapped(accelerator, work);
  double buffer = 0;
  for (const Tensor tensor : all_tensors) {
    const std::size_t memory = hierarchy.registers[index_of(tensor)];
    RC_ASSERT(tile_words(work, mapping.nest, memory, tensor) <=
              static_cast<double>(accelerator.registers[index_of(tensor)]));
    if (accelerator.buffer_keeps[index_of(tensor)]) {
      buffer += tile_words(work, mapping.nest, buffer_memory, tensor);
    }
  }
  RC_ASSERT(buffer <= static_cast<double>(accelerator.buffer_words()));
  RC_ASSERT(mapping.traffic.copies <= static_cast<double>(accelerator.elements()));
}

}  // namespace
}  // namespace forecost::accelerator
