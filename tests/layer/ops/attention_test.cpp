// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Attention, ScoresAndSumsAreCountedInFull) {
  const auto made =
      called("Attention", {input({2, 12, 128, 64}), input({2, 12, 100, 64}), input({2, 12, 100, 32})}, {},
             {.opset = 23});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{2, 12, 128, 32}));
  const std::int64_t scores = 2 * 12 * 128 * 100;
  EXPECT_EQ(made.cost.macs.value, scores * (64 + 32));
  EXPECT_EQ(made.cost.operations.value, 2 * scores * (64 + 32) + 6 * scores);
}

TEST(Attention, RankThreeTakesHeadsFromAttributesAndThePastLengthensTheKeys) {
  const auto made = called("Attention",
                           {input({1, 4, 64}), input({1, 4, 32}), input({1, 4, 32}), absent(),
                            input({1, 2, 10, 16}), input({1, 2, 10, 16})},
                           {{"q_num_heads", std::int64_t{4}}, {"kv_num_heads", std::int64_t{2}}},
                           {.opset = 23, .outputs = 3});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{1, 4, 64}));
  EXPECT_EQ(made.shape(1), (Shape{1, 2, 14, 16}));
  EXPECT_EQ(made.cost.macs.value, 4 * 4 * 14 * 32);
}

TEST(Attention, WithoutHeadsRankThreeIsRefused) {
  const auto made =
      called("Attention", {input({1, 4, 64}), input({1, 4, 64}), input({1, 4, 64})}, {}, {.opset = 23});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("q_num_heads"));
  EXPECT_FALSE(
      called("Attention", {input({1, 3, 4, 8}), input({1, 2, 4, 8}), input({1, 2, 4, 8})}, {}, {.opset = 23})
          .outputs);
}

TEST(RotaryEmbedding, ThreeOperationsPerElement) {
  const auto made =
      called("RotaryEmbedding", {input({1, 2, 4, 8}), input({1, 4, 4}), input({1, 4, 4})}, {}, {.opset = 23});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 3 * 64);
  EXPECT_FALSE(
      called("RotaryEmbedding", {input({4, 8}), input({1, 4, 4}), input({1, 4, 4})}, {}, {.opset = 23})
          .outputs);
}

}  // namespace
}  // namespace forecost::layer
