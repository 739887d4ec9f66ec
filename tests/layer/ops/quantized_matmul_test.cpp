// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(MatMulInteger, GivesInt32) {
  const auto made =
      called("MatMulInteger", {input({2, 16}, ElementType::uint8), constant({16, 8}, ElementType::int8)});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ((*made.outputs)[0].element, ElementType::int32);
  EXPECT_EQ(made.cost.macs.value, 2 * 16 * 8);
  EXPECT_EQ(made.cost.weights.value, 16 * 8);
}

TEST(QLinearMatMul, TheLastZeroPointNamesTheType) {
  const auto scale = constant({});
  const auto zero = constant({}, ElementType::int8);
  const auto made =
      called("QLinearMatMul", {input({2, 16}, ElementType::uint8), scale, constant({}, ElementType::uint8),
                               constant({16, 8}, ElementType::int8), scale, zero, scale, zero});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ((*made.outputs)[0].element, ElementType::int8);
  EXPECT_EQ(made.cost.macs.value, 256);
  EXPECT_EQ(made.cost.parameters, 128);
}

TEST(QGemm, IsRealWithoutAnOutputScale) {
  const auto scale = constant({});
  const auto zero = constant({}, ElementType::uint8);
  const auto made = called(
      "QGemm",
      {input({2, 16}, ElementType::uint8), scale, zero, constant({8, 16}, ElementType::uint8), scale, zero},
      {{"transB", std::int64_t{1}}}, {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{2, 8}));
  EXPECT_EQ((*made.outputs)[0].element, ElementType::float32);
}

TEST(MatMulNBits, CountsThePackedNumbersNotTheBytes) {
  // 4 bits: 4096 x 4096 numbers lie in 4096 x 128 blocks of 16 bytes.
  const auto made =
      called("MatMulNBits",
             {input({1, 10, 4096}), constant({4096, 128, 16}, ElementType::uint8), constant({4096 * 128})},
             {{"K", std::int64_t{4096}}, {"N", std::int64_t{4096}}, {"bits", std::int64_t{4}}},
             {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 10, 4096}));
  EXPECT_EQ(made.cost.macs.value, std::int64_t{10} * 4096 * 4096);
  EXPECT_EQ(made.cost.parameters, 4096 * 4096 + 4096 * 128);
}

TEST(MatMulNBits, AnInputOfOtherWidthIsRefused) {
  const auto made =
      called("MatMulNBits", {input({1, 64}), constant({8, 2, 16}, ElementType::uint8), constant({16})},
             {{"K", std::int64_t{32}}, {"N", std::int64_t{8}}}, {.domain = "com.microsoft"});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("attribute K"));
  EXPECT_FALSE(called("DynamicQuantizeMatMul",
                      {input({2, 3}), constant({4, 5}, ElementType::int8), constant({})}, {},
                      {.domain = "com.microsoft"})
                   .outputs);
}

}  // namespace
}  // namespace forecost::layer
