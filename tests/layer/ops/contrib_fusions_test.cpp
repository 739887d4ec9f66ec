// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

Wanted microsoft() {
  return {.domain = "com.microsoft"};
}

TEST(BiasGelu, AddsOneOperationToTheGelu) {
  EXPECT_EQ(called("Gelu", {input({2, 8})}, {}, microsoft()).cost.operations.value, 64);
  EXPECT_EQ(called("BiasGelu", {input({2, 8}), constant({8})}, {}, microsoft()).cost.operations.value, 80);
  EXPECT_EQ(called("BiasGelu", {input({2, 8}), constant({8})}, {}, microsoft()).cost.parameters, 8);
  EXPECT_FALSE(called("BiasGelu", {input({2, 8}), constant({7})}, {}, microsoft()).outputs);
  const auto larger = called("FastGelu", {input({2, 1}), constant({8})}, {}, microsoft());
  ASSERT_FALSE(larger.outputs);
  EXPECT_THAT(larger.outputs.error().hint, HasSubstr("broadcast"));
}

TEST(SkipLayerNormalization, TheSumIsItsFourthOutput) {
  const auto made =
      called("SkipLayerNormalization",
             {input({1, 128, 768}), input({1, 128, 768}), constant({768}), constant({768}), constant({768})},
             {}, {.outputs = 4, .domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{1, 128, 768}));
  EXPECT_EQ(made.shape(1), (Shape{1, 128, 1}));
  EXPECT_EQ(made.shape(3), (Shape{1, 128, 768}));
  EXPECT_EQ(made.cost.operations.value, 10 * 128 * 768);
  EXPECT_EQ(made.cost.extents.m, 128);
}

TEST(SkipLayerNormalization, AScaleOfAnotherWidthIsRefused) {
  const auto made =
      called("SkipLayerNormalization", {input({1, 4, 8}), input({1, 4, 8}), constant({7})}, {}, microsoft());
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("last axis"));
}

TEST(EmbedLayerNormalization, ReadsOneRowPerTokenOfEachTable) {
  const auto ids = input({1, 128}, ElementType::int32);
  const auto made = called("EmbedLayerNormalization",
                           {ids, ids, constant({30522, 768}), constant({512, 768}), constant({128, 768}),
                            constant({768}), constant({768})},
                           {}, {.outputs = 2, .domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{1, 128, 768}));
  EXPECT_EQ(made.cost.read.value, 3 * 4 * 128 * 768 + 2 * 4 * 768 + 2 * 4 * 128);
  EXPECT_FALSE(
      called("EmbedLayerNormalization", {ids, ids, constant({30522, 768})}, {}, microsoft()).outputs);
}

TEST(BiasSoftmax, SixOperationsPerElement) {
  const auto made = called("BiasSoftmax", {input({2, 4, 8, 8}), input({2, 1, 1, 8})},
                           {{"axis", std::int64_t{3}}}, microsoft());
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 6 * 512);
  EXPECT_EQ(made.cost.extents.n, 8);
}

}  // namespace
}  // namespace forecost::layer
