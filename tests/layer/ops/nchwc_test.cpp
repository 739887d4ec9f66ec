// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

Wanted blocked() {
  return {.domain = "com.microsoft.nchwc"};
}

TEST(NchwcConv, CountsThePaddedChannelsOfItsWeights) {
  // ONNX Runtime 1.32 with AVX-512 pads a 1x1 convolution of 20 to 20 channels to weights of [32, 32, 1, 1].
  const auto made =
      called("Conv", {input({2, 32, 32, 32}), constant({32, 32, 1, 1}), absent(), input({2, 32, 32, 32})},
             {{"activation", std::string("Relu")}, {"group", std::int64_t{1}}}, blocked());
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{2, 32, 32, 32}));
  EXPECT_EQ(made.cost.macs.value, 2 * 32 * 32 * 32 * 32);
  EXPECT_EQ(made.cost.operations.value, 2 * made.cost.macs.value + 2 * 2 * 32 * 1024);
}

TEST(NchwcConv, TheFirstConvolutionReadsPlainChannels) {
  const auto made = called("Conv", {input({1, 3, 224, 224}), constant({64, 3, 7, 7}), constant({64})},
                           {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}}, blocked());
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 64, 112, 112}));
  EXPECT_EQ(made.cost.extents.stride_h, 2);
}

TEST(NchwcConv, DepthwiseGroupsArePaddedToo) {
  const auto made = called("Conv", {input({1, 32, 8, 8}), constant({32, 1, 3, 3})},
                           {{"group", std::int64_t{32}}, {"pads", Ints{1, 1, 1, 1}}}, blocked());
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.macs.value, 32 * 64 * 9);
}

TEST(NchwcConv, ABlockOfEightNeedsNoOtherRule) {
  // 40 channels are padded to 48 by the reorder's rule, while weights for blocks of 8 say 40.
  const auto made = called("Conv", {input({1, 48, 8, 8}), constant({40, 40, 1, 1})}, {}, blocked());
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 40, 8, 8}));
  EXPECT_FALSE(called("Conv", {input({1, 64, 8, 8}), constant({40, 40, 1, 1})}, {}, blocked()).outputs);
}

TEST(NchwcReorder, PadsChannelsAndBack) {
  EXPECT_EQ(called("ReorderInput", {input({2, 40, 7, 9})}, {}, blocked()).shape(), (Shape{2, 48, 7, 9}));
  EXPECT_EQ(
      called("ReorderInput", {input({2, 7, 9, 40})}, {{"channels_last", std::int64_t{1}}}, blocked()).shape(),
      (Shape{2, 48, 7, 9}));
  AttributeMap channels{{"channels", std::int64_t{40}}};
  EXPECT_EQ(called("ReorderOutput", {input({2, 48, 7, 9})}, channels, blocked()).shape(),
            (Shape{2, 40, 7, 9}));
  channels.insert_or_assign("channels_last", std::int64_t{1});
  EXPECT_EQ(called("ReorderOutput", {input({2, 48, 7, 9})}, channels, blocked()).shape(),
            (Shape{2, 7, 9, 40}));
  const auto wrong =
      called("ReorderOutput", {input({2, 48, 7, 9})}, {{"channels", std::int64_t{49}}}, blocked());
  ASSERT_FALSE(wrong.outputs);
  EXPECT_THAT(wrong.outputs.error().hint, HasSubstr("before padding"));
}

TEST(NchwcPool, KeepsChannels) {
  const AttributeMap window{
      {"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}};
  const auto made = called("MaxPool", {input({1, 64, 112, 112})}, window, blocked());
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 64, 56, 56}));
  EXPECT_EQ(made.cost.operations.value, 64 * 56 * 56 * 9);
  EXPECT_EQ(called("GlobalAveragePool", {input({1, 64, 7, 7})}, {}, blocked()).shape(), (Shape{1, 64, 1, 1}));
  EXPECT_EQ(called("Upsample", {input({1, 64, 7, 7})}, {{"scales", Ints{1, 1, 2, 3}}}, blocked()).shape(),
            (Shape{1, 64, 14, 21}));
  EXPECT_FALSE(called("Upsample", {input({1, 64, 7, 7})}, {{"scales", Ints{1, 1, 2}}}, blocked()).outputs);
}

}  // namespace
}  // namespace forecost::layer
