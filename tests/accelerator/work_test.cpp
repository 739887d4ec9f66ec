// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/accelerator/kernels.h"
#include "forecost/network/builder.h"

namespace forecost::accelerator {
namespace {

using network::Builder;
using network::Value;

std::vector<layer::Kernel> kernels_of(Builder& builder) {
  auto layered = layer::infer(builder.finish());
  EXPECT_TRUE(layered.has_value()) << to_string(layered.error());
  auto lowered = layer::lower(*layered, *layer::find_runtime(runtime_name));
  EXPECT_TRUE(lowered.has_value()) << to_string(lowered.error());
  return lowered->kernels;
}

TEST(Work, OfAConvolutionHasItsLoopsAndCounts) {
  Builder builder("one");
  const Value x = builder.input("x", {2, 64, 56, 56});
  builder.output(builder.conv(x, 128, {.kernel = {3, 3}, .stride = {2, 2}, .pads = {1, 1, 1, 1}}));
  const auto kernels = kernels_of(builder);
  ASSERT_EQ(kernels.size(), 1);
  const auto work = work_of(kernels[0]);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->extent, (Extents{2, 128, 64, 28, 28, 3, 3}));
  EXPECT_EQ(work->stride_p, 2);
  EXPECT_DOUBLE_EQ(work->macs(), static_cast<double>(kernels[0].cost.macs.value));
  EXPECT_DOUBLE_EQ(work->words(Tensor::weights), 128 * 64 * 9);
  EXPECT_DOUBLE_EQ(work->words(Tensor::inputs), 2 * 64 * 57 * 57);  // 27 x 2 + 3 rows
  EXPECT_DOUBLE_EQ(work->words(Tensor::outputs), 2 * 128 * 28 * 28);
}

TEST(Work, OfAGroupedConvolutionIsOneGroupRepeated) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 32, 14, 14});
  builder.output(builder.conv(x, 32, {.kernel = {3, 3}, .pads = {1, 1, 1, 1}, .groups = 32}));
  const auto work = work_of(kernels_of(builder)[0]);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->extent, (Extents{1, 1, 1, 14, 14, 3, 3}));
  EXPECT_EQ(work->repeats, 32);
}

TEST(Work, RowsThatAStrideStepsOverAreNotRead) {
  EXPECT_DOUBLE_EQ(input_rows(28, 1, 2, 1), 28);
  EXPECT_DOUBLE_EQ(input_rows(28, 1, 2, 3), 57);
  EXPECT_DOUBLE_EQ(input_rows(28, 4, 1, 3), 28 + 4 * 2);  // four pieces, two rows twice between each
}

TEST(Work, APoolHasNone) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 8, 14, 14});
  builder.output(builder.max_pool(x, {.kernel = {2, 2}, .stride = {2, 2}}));
  EXPECT_FALSE(work_of(kernels_of(builder)[0]).has_value());
}

TEST(KernelCost, APoolCostsItsTrafficInWordsWhateverItsType) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 8, 14, 14});
  builder.output(builder.max_pool(x, {.kernel = {2, 2}, .stride = {2, 2}}));
  const auto kernel = kernels_of(builder)[0];
  EXPECT_DOUBLE_EQ(words_of(kernel).read, 8 * 14 * 14);
  EXPECT_DOUBLE_EQ(words_of(kernel).written, 8 * 7 * 7);
  Accelerator accelerator;
  accelerator.name = "plain";
  const auto cost = cost_of(accelerator, kernel);
  ASSERT_TRUE(cost.has_value());
  EXPECT_DOUBLE_EQ(cost->dram_words, 8 * (14 * 14 + 7 * 7));
  EXPECT_EQ(cost->macs, 0);
}

}  // namespace
}  // namespace forecost::accelerator
