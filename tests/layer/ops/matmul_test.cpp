// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(MatMul, BertFeedForwardDoes302Million) {
  // BERT-base, 128 tokens: 128 x 768 x 3072 (Devlin et al. 2018, table of hyperparameters).
  const auto made = called("MatMul", {input({1, 128, 768}), constant({768, 3072})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 128, 3072}));
  EXPECT_EQ(made.cost.macs.value, 301'989'888);
  EXPECT_EQ(made.cost.parameters, 768 * 3072);
}

TEST(MatMul, VectorsFollowNumPy) {
  EXPECT_EQ(called("MatMul", {input({4}), input({4})}).shape(), Shape{});
  EXPECT_EQ(called("MatMul", {input({4}), input({4, 3})}).shape(), Shape{3});
  EXPECT_EQ(called("MatMul", {input({3, 4}), input({4})}).shape(), Shape{3});
  EXPECT_EQ(called("MatMul", {input({4}), input({2, 5, 4, 3})}).shape(), (Shape{2, 5, 3}));
  EXPECT_EQ(called("MatMul", {input({2, 5, 3, 4}), input({4})}).shape(), (Shape{2, 5, 3}));
}

TEST(MatMul, StacksBroadcast) {
  const auto made = called("MatMul", {input({5, 1, 3, 4}), input({2, 4, 6})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{5, 2, 3, 6}));
  EXPECT_EQ(made.cost.macs.value, 5 * 2 * 3 * 4 * 6);
  EXPECT_EQ(made.cost.extents.batch, 10);
  EXPECT_EQ(made.cost.extents.m, 3);
}

TEST(MatMul, RowsCollapseWhenTheRightOperandIsOneMatrix) {
  const auto made = called("MatMul", {input({5, 3, 4}), constant({4, 6})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.extents.batch, 1);
  EXPECT_EQ(made.cost.extents.m, 15);
}

TEST(MatMul, FusedOperandsAreTransposedBeforeTheProduct) {
  const auto scores = called("FusedMatMul", {input({2, 12, 128, 64}), input({2, 12, 100, 64})},
                             {{"transB", std::int64_t{1}}, {"alpha", 0.125}}, {.domain = "com.microsoft"});
  ASSERT_TRUE(scores.outputs);
  EXPECT_EQ(scores.shape(), (Shape{2, 12, 128, 100}));
  EXPECT_EQ(scores.cost.macs.value, 2 * 12 * 128 * 100 * 64);
  // transBatchA moves the first axis behind the stack: [3, 5, 4] becomes 5 matrices of 3 x 4.
  const auto moved = called("FusedMatMul", {input({3, 5, 4}), input({5, 4, 6})},
                            {{"transBatchA", std::int64_t{1}}}, {.domain = "com.microsoft"});
  ASSERT_TRUE(moved.outputs);
  EXPECT_EQ(moved.shape(), (Shape{5, 3, 6}));
}

TEST(MatMul, UnequalInnerExtentsAreRefusedWithAHint) {
  const auto made = called("MatMul", {input({2, 3}), input({4, 5})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().what, HasSubstr("3 and 4"));
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("--batch"));
  EXPECT_FALSE(called("MatMul", {input({}), input({4})}).outputs);
  EXPECT_FALSE(called("MatMul", {input({2, 3, 4}), input({5, 4, 6})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
