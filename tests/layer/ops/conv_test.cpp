// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Conv, AlexNetConv1Does210830400Operations) {
  // 2 x 96*55*55 x 3*11*11, Krizhevsky et al. 2012, input padded to 227.
  const auto made =
      called("Conv", {input({1, 3, 227, 227}), constant({96, 3, 11, 11})}, {{"strides", Ints{4, 4}}});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 96, 55, 55}));
  EXPECT_EQ(made.cost.operations.value, 210'830'400);
  EXPECT_EQ(made.cost.parameters, 96 * 3 * 11 * 11);
}

TEST(Conv, GroupsDivideTheWork) {
  const auto made = called("Conv", {input({2, 32, 14, 14}), constant({32, 1, 3, 3}), constant({32})},
                           {{"group", std::int64_t{32}}, {"pads", Ints{1, 1, 1, 1}}});
  EXPECT_EQ(made.shape(), (Shape{2, 32, 14, 14}));
  EXPECT_EQ(made.cost.macs.value, 2 * 32 * 14 * 14 * 9);
  EXPECT_EQ(made.cost.operations.value, 2 * made.cost.macs.value + 2 * 32 * 14 * 14);
  EXPECT_EQ(made.cost.extents.groups, 32);
  EXPECT_EQ(made.cost.extents.n, 1);
  EXPECT_EQ(made.cost.extents.k, 9);
}

TEST(Conv, DilationWidensTheWindow) {
  const auto made =
      called("Conv", {input({1, 4, 20, 20}), constant({4, 4, 3, 3})}, {{"dilations", Ints{2, 3}}});
  EXPECT_EQ(made.shape(), (Shape{1, 4, 16, 14}));
  EXPECT_EQ(made.cost.extents.dilation, 3);
}

TEST(Conv, SamePaddingDividesTheExtentByTheStrideAndRoundsUp) {
  for (const char* mode : {"SAME_UPPER", "SAME_LOWER"}) {
    const auto made = called("Conv", {input({1, 3, 225, 224}), constant({8, 3, 3, 3})},
                             {{"strides", Ints{2, 2}}, {"auto_pad", std::string(mode)}});
    EXPECT_EQ(made.shape(), (Shape{1, 8, 113, 112})) << mode;
  }
}

TEST(Conv, OneAndThreeSpatialAxesWork) {
  EXPECT_EQ(called("Conv", {input({1, 80, 300}), constant({256, 80, 3})}, {{"pads", Ints{1, 1}}}).shape(),
            (Shape{1, 256, 300}));
  const auto video = called("Conv", {input({1, 3, 8, 112, 112}), constant({64, 3, 3, 7, 7})},
                            {{"strides", Ints{1, 2, 2}}, {"pads", Ints{1, 3, 3, 1, 3, 3}}});
  EXPECT_EQ(video.shape(), (Shape{1, 64, 8, 56, 56}));
  EXPECT_EQ(video.cost.macs.value, std::int64_t{64} * 8 * 56 * 56 * 3 * 3 * 7 * 7);
}

TEST(Conv, UnequalChannelsAreRefusedWithBothShapes) {
  const auto made = called("Conv", {input({1, 3, 32, 32}), constant({8, 4, 3, 3})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("[8, 4, 3, 3]"), std::string::npos);
  EXPECT_NE(made.outputs.error().what.find("[1, 3, 32, 32]"), std::string::npos);
  EXPECT_FALSE(made.outputs.error().hint.empty());
}

TEST(Conv, AWindowLargerThanItsInputAsksForALargerInput) {
  const auto made = called("Conv", {input({1, 3, 4, 4}), constant({8, 3, 7, 7})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().hint.find("larger input"), std::string::npos);
}

TEST(Conv, AStrideOfZeroIsRefused) {
  const auto made = called("Conv", {input({1, 3, 9, 9}), constant({8, 3, 3, 3})}, {{"strides", Ints{0, 1}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("strides"), std::string::npos);
}

TEST(ConvTranspose, DoublesAnImageWithStrideTwo) {
  // U-Net's up-convolution, Ronneberger et al. 2015: 2 x 2, stride 2, half of the channels.
  const auto made =
      called("ConvTranspose", {input({1, 1024, 28, 28}), constant({1024, 512, 2, 2}), constant({512})},
             {{"strides", Ints{2, 2}}});
  EXPECT_EQ(made.shape(), (Shape{1, 512, 56, 56}));
  EXPECT_EQ(made.cost.macs.value, std::int64_t{1024} * 28 * 28 * 512 * 4);
}

TEST(ConvTranspose, OutputPaddingAndPadsEnterTheExtent) {
  const auto made = called("ConvTranspose", {input({1, 8, 7, 7}), constant({8, 2, 3, 3})},
                           {{"strides", Ints{2, 2}},
                            {"pads", Ints{1, 1, 1, 1}},
                            {"output_padding", Ints{1, 1}},
                            {"group", std::int64_t{4}}});
  EXPECT_EQ(made.shape(), (Shape{1, 8, 14, 14}));
}

TEST(ConvTranspose, StatedOutputShapeWins) {
  const auto made = called("ConvTranspose", {input({1, 8, 7, 7}), constant({8, 2, 3, 3})},
                           {{"strides", Ints{2, 2}}, {"output_shape", Ints{15, 16}}});
  EXPECT_EQ(made.shape(), (Shape{1, 2, 15, 16}));
}

}  // namespace
}  // namespace forecost::layer
