// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(MaxPool, ResNetStemPoolsTo56) {
  const auto made =
      called("MaxPool", {input({1, 64, 112, 112})},
             {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
  EXPECT_EQ(made.shape(), (Shape{1, 64, 56, 56}));
  EXPECT_EQ(made.cost.operations.value, 64 * 56 * 56 * 9);
  EXPECT_EQ(made.cost.macs.value, 0);
}

TEST(MaxPool, CeilModeKeepsTheLastPartialWindow) {
  // SqueezeNet 1.1: 111 -> 55 either way, 54 -> 27 only when rounded up (torchvision).
  const AttributeMap up{
      {"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}};
  EXPECT_EQ(called("MaxPool", {input({1, 64, 54, 54})}, up).shape(), (Shape{1, 64, 27, 27}));
  const AttributeMap down{{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}};
  EXPECT_EQ(called("MaxPool", {input({1, 64, 54, 54})}, down).shape(), (Shape{1, 64, 26, 26}));
}

TEST(MaxPool, CeilModeCountsNoWindowThatStartsInThePadding) {
  // Specification of MaxPool-22: sliding windows that would start in the right padded region are ignored.
  const auto made =
      called("MaxPool", {input({1, 1, 2, 2})},
             {{"kernel_shape", Ints{1, 1}}, {"strides", Ints{2, 2}}, {"ceil_mode", std::int64_t{1}}});
  EXPECT_EQ(made.shape(), (Shape{1, 1, 1, 1}));
}

TEST(MaxPool, IndicesAreIntegersOfTheSameShape) {
  const auto made = called("MaxPool", {input({1, 4, 8, 8})},
                           {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}, {.outputs = 2});
  EXPECT_EQ(made.shape(1), made.shape(0));
  EXPECT_EQ(made.outputs->at(1).element, ElementType::int64);
}

TEST(AveragePool, DividesOncePerWindow) {
  const auto made =
      called("AveragePool", {input({2, 8, 8, 8})}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}});
  EXPECT_EQ(made.cost.operations.value, 2 * 8 * 4 * 4 * (4 + 1));
}

TEST(GlobalAveragePool, ReadsEveryElementOnce) {
  const auto made = called("GlobalAveragePool", {input({1, 2048, 7, 7})});
  EXPECT_EQ(made.shape(), (Shape{1, 2048, 1, 1}));
  EXPECT_EQ(made.cost.read.value, 2048 * 49 * 4);
  EXPECT_EQ(made.cost.operations.value, 2048 * 49 + 2048);
}

TEST(Pool, WithoutAKernelIsRefused) {
  const auto made = called("MaxPool", {input({1, 4, 8, 8})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("kernel_shape"), std::string::npos);
}

TEST(Pool, WithoutSpatialAxesIsRefused) {
  const auto made = called("AveragePool", {input({1, 4})}, {{"kernel_shape", Ints{2}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().hint.find("spatial"), std::string::npos);
}

}  // namespace
}  // namespace forecost::layer
