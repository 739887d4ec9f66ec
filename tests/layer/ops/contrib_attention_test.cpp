// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(ContribAttention, ProjectionsAreThreeMatricesOfTheHiddenSize) {
  // BERT-base, 128 tokens: 3 * 128 * 768 * 768 for the projections, 2 * 12 * 128 * 128 * 64 for the attention
  // itself.
  const auto made = called("Attention", {input({1, 128, 768}), constant({768, 2304}), constant({2304})},
                           {{"num_heads", std::int64_t{12}}}, {.outputs = 2, .domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{1, 128, 768}));
  EXPECT_EQ(made.shape(1), (Shape{2, 1, 12, 128, 64}));
  EXPECT_EQ(made.cost.macs.value, 3 * 128 * 768 * 768 + 2 * 12 * 128 * 128 * 64);
  EXPECT_EQ(made.cost.parameters, 768 * 2304 + 2304);
}

TEST(ContribAttention, HeadsMustDivideTheHiddenSize) {
  const auto made = called("Attention", {input({1, 128, 768}), constant({768, 2304})},
                           {{"num_heads", std::int64_t{7}}}, {.domain = "com.microsoft"});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("divide"));
  EXPECT_FALSE(called("QAttention", {input({1, 8, 16}), constant({15, 48})}, {{"num_heads", std::int64_t{2}}},
                      {.domain = "com.microsoft"})
                   .outputs);
}

TEST(MultiHeadAttention, OperandsMayBeSeparateOrPacked) {
  const AttributeMap heads{{"num_heads", std::int64_t{4}}};
  const Wanted wanted{.domain = "com.microsoft"};
  const auto apart =
      called("MultiHeadAttention", {input({2, 8, 64}), input({2, 8, 64}), input({2, 8, 64})}, heads, wanted);
  const auto packed = called("MultiHeadAttention", {input({2, 8, 4, 3, 16})}, heads, wanted);
  ASSERT_TRUE(apart.outputs);
  ASSERT_TRUE(packed.outputs);
  EXPECT_EQ(apart.shape(), packed.shape());
  EXPECT_EQ(apart.cost.macs.value, packed.cost.macs.value);
  EXPECT_EQ(apart.cost.macs.value, 2 * 4 * 8 * 8 * 32);
  EXPECT_FALSE(
      called("MultiHeadAttention", {input({2, 8, 64}), input({3, 8, 64}), input({3, 8, 64})}, heads, wanted)
          .outputs);
}

TEST(GroupQueryAttention, CachesOnlyTheKeyHeads) {
  const auto made = called(
      "GroupQueryAttention",
      {input({1, 1, 64}), input({1, 1, 32}), input({1, 1, 32}), input({1, 2, 9, 16}), input({1, 2, 9, 16})},
      {{"num_heads", std::int64_t{4}}, {"kv_num_heads", std::int64_t{2}}},
      {.outputs = 3, .domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{1, 1, 64}));
  EXPECT_EQ(made.shape(1), (Shape{1, 2, 10, 16}));
  EXPECT_EQ(made.cost.macs.value, 4 * 10 * 32);
}

}  // namespace
}  // namespace forecost::layer
