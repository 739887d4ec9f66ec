// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(QLinearConv, ReadsItsWeightsFromTheFourthInput) {
  const auto scale = constant({});
  const auto zero = constant({}, ElementType::uint8);
  const auto made = called(
      "QLinearConv",
      {input({1, 3, 224, 224}, ElementType::uint8), scale, zero, constant({64, 3, 7, 7}, ElementType::uint8),
       scale, zero, scale, zero, constant({64}, ElementType::int32)},
      {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 64, 112, 112}));
  EXPECT_EQ(made.cost.macs.value, 118'013'952);  // ResNet's first convolution, 64*112*112*3*49
  EXPECT_EQ(made.cost.parameters, 64 * 147 + 64);
  EXPECT_EQ(made.cost.weights.value, 64 * 147 + 4 * 64 + 3 * 4 + 3);
}

TEST(QLinearConv, OfOnnxRuntimeMayHaveItsChannelsLast) {
  const auto scale = constant({});
  const auto zero = constant({}, ElementType::uint8);
  const auto made =
      called("QLinearConv",
             {input({1, 224, 224, 3}, ElementType::uint8), scale, zero,
              constant({64, 3, 7, 7}, ElementType::int8), scale, zero, scale, zero},
             {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}, {"channels_last", std::int64_t{1}}},
             {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 112, 112, 64}));
  EXPECT_EQ(made.cost.macs.value, 118'013'952);  // ResNet's first convolution, 64*112*112*3*49
}

TEST(ConvInteger, GivesInt32) {
  const auto made = called(
      "ConvInteger", {input({1, 4, 8, 8}, ElementType::uint8), constant({8, 2, 3, 3}, ElementType::uint8)},
      {{"group", std::int64_t{2}}});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ((*made.outputs)[0].element, ElementType::int32);
  EXPECT_EQ(made.cost.macs.value, 8 * 36 * 2 * 9);
}

TEST(FusedConv, AddsBiasResidualAndActivation) {
  const auto made =
      called("FusedConv", {input({1, 4, 8, 8}), constant({8, 4, 1, 1}), constant({8}), input({1, 8, 8, 8})},
             {{"activation", std::string("Relu")}}, {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 512 * (2 * 4 + 3));
}

TEST(FusedConv, AResidualOfAnotherShapeIsRefused) {
  const auto made =
      called("FusedConv", {input({1, 4, 8, 8}), constant({8, 4, 3, 3}), absent(), input({1, 8, 8, 8})}, {},
             {.domain = "com.microsoft"});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("shape of the output"));
  EXPECT_FALSE(called("ConvInteger",
                      {input({1, 4, 8, 8}, ElementType::uint8), constant({8, 3, 3, 3}, ElementType::uint8)})
                   .outputs);
}

}  // namespace
}  // namespace forecost::layer
