// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(LayerNormalization, BertsTakesEightOperationsPerElementAndTwoVectors) {
  const auto made = called("LayerNormalization", {input({1, 128, 768}), constant({768}), constant({768})}, {},
                           {.outputs = 3});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(0), (Shape{1, 128, 768}));
  EXPECT_EQ(made.shape(1), (Shape{1, 128, 1}));
  EXPECT_EQ(made.shape(2), (Shape{1, 128, 1}));
  EXPECT_EQ(made.cost.operations.value, 8 * 128 * 768);
  EXPECT_EQ(made.cost.parameters, 2 * 768);
  EXPECT_EQ(made.cost.extents.m, 128);
  EXPECT_EQ(made.cost.extents.n, 768);
}

TEST(LayerNormalization, AScaleThatDoesNotFitTheNormalisedAxesIsRefused) {
  const auto made = called("LayerNormalization", {input({2, 8}), constant({9})});
  ASSERT_FALSE(made.outputs);
  const auto larger = called("LayerNormalization", {input({2, 1}), constant({8})});
  ASSERT_FALSE(larger.outputs);
  EXPECT_THAT(larger.outputs.error().hint, HasSubstr("axis"));
}

TEST(RMSNormalization, HasOneOutputAndNoMean) {
  const auto made = called("RMSNormalization", {input({2, 8}), constant({8})}, {}, {.opset = 23});
  ASSERT_TRUE(made.outputs);
  ASSERT_EQ(made.outputs->size(), 1U);
  EXPECT_EQ(made.cost.operations.value, 5 * 16);
}

TEST(GroupNormalization, ScalesArePerGroupBeforeOpset21AndPerChannelSince) {
  const AttributeMap groups{{"num_groups", std::int64_t{4}}};
  EXPECT_TRUE(
      called("GroupNormalization", {input({1, 8, 5, 5}), constant({4}), constant({4})}, groups, {.opset = 18})
          .outputs);
  EXPECT_TRUE(
      called("GroupNormalization", {input({1, 8, 5, 5}), constant({8}), constant({8})}, groups).outputs);
  const auto made = called("GroupNormalization", {input({1, 8, 5, 5}), constant({4}), constant({4})}, groups);
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("[8]"));
}

TEST(GroupNormalization, GroupsMustDivideTheChannels) {
  const auto made = called("GroupNormalization", {input({1, 8, 5, 5}), constant({8}), constant({8})},
                           {{"num_groups", std::int64_t{3}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("multiple of num_groups"));
}

TEST(InstanceNormalization, RowsAreChannelsOfInstances) {
  const auto made = called("InstanceNormalization", {input({2, 8, 5, 5}), constant({8}), constant({8})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.extents.m, 16);
  EXPECT_EQ(made.cost.extents.n, 25);
}

TEST(LRN, CostsGrowWithTheWindow) {
  const auto made = called("LRN", {input({1, 96, 55, 55})}, {{"size", std::int64_t{5}}});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 96 * 55 * 55 * (2 * 5 + 7));
  const auto empty = called("LRN", {input({1, 96, 55, 55})});
  ASSERT_FALSE(empty.outputs);
  EXPECT_THAT(empty.outputs.error().hint, HasSubstr("size"));
}

TEST(MeanVarianceNormalization, AxesOutsideTheInputAreRefused) {
  EXPECT_TRUE(called("MeanVarianceNormalization", {input({2, 3, 4, 5})}).outputs);
  EXPECT_FALSE(called("MeanVarianceNormalization", {input({2, 3})}).outputs);
  EXPECT_FALSE(called("LpNormalization", {input({2, 3})}, {{"axis", std::int64_t{2}}}).outputs);
}

}  // namespace
}  // namespace forecost::layer
