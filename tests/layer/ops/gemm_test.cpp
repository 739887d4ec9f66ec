// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Gemm, Vgg16LastLayerDoes4096000MultiplyAccumulates) {
  // Simonyan and Zisserman 2014: fc8 is 4096 x 1000, plus 1000 biases.
  const auto made = called("Gemm", {input({1, 4096}), constant({1000, 4096}), constant({1000})},
                           {{"transB", std::int64_t{1}}});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 1000}));
  EXPECT_EQ(made.cost.macs.value, 4'096'000);
  EXPECT_EQ(made.cost.operations.value, 2 * 4'096'000 + 1000);
  EXPECT_EQ(made.cost.parameters, 4'097'000);
  EXPECT_EQ(made.cost.weights.value, 4 * 4'097'000);
  EXPECT_EQ(made.cost.read.value, 4 * (4096 + 4'097'000));
  EXPECT_EQ(made.cost.written.value, 4 * 1000);
}

TEST(Gemm, TransposedOperandsChangeShapesNotWork) {
  const auto made = called("Gemm", {input({16, 3}), constant({16, 8})}, {{"transA", std::int64_t{1}}});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{3, 8}));
  EXPECT_EQ(made.cost.macs.value, 3 * 8 * 16);
  EXPECT_EQ(made.cost.extents.m, 3);
  EXPECT_EQ(made.cost.extents.n, 8);
  EXPECT_EQ(made.cost.extents.k, 16);
}

TEST(Gemm, FusedActivationAddsItsOperations) {
  const auto made = called("FusedGemm", {input({2, 4}), constant({4, 8}), constant({8})},
                           {{"activation", std::string("Sigmoid")}}, {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 2 * 2 * 4 * 8 + 16 + 4 * 16);
}

TEST(Gemm, UnequalFeaturesAreRefusedWithAHint) {
  const auto made = called("Gemm", {input({1, 4095}), constant({4096, 10})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().what, HasSubstr("4095 and 4096"));
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("Flatten"));
}

TEST(Gemm, RankThreeIsRefusedAndMatMulIsNamed) {
  const auto made = called("Gemm", {input({2, 3, 4}), constant({4, 8})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("MatMul"));
}

TEST(Gemm, ABiasThatWouldEnlargeTheProductIsRefused) {
  const auto made = called("Gemm", {input({1, 4}), constant({4, 8}), constant({3, 8})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().what, HasSubstr("bias"));
}

}  // namespace
}  // namespace forecost::layer
