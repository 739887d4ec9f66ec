// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

Called einsum(const std::string& equation, const std::vector<TensorFact>& inputs) {
  return called("Einsum", inputs, {{"equation", equation}});
}

TEST(Einsum, MultiHeadScoresCostTheProductOfAllIndices) {
  const auto made = einsum("bhid,bhjd->bhij", {input({2, 12, 128, 64}), input({2, 12, 100, 64})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{2, 12, 128, 100}));
  EXPECT_EQ(made.cost.macs.value, std::int64_t{2} * 12 * 128 * 100 * 64);
  EXPECT_EQ(made.cost.extents.batch, 24);
  EXPECT_EQ(made.cost.extents.m, 128);
  EXPECT_EQ(made.cost.extents.n, 100);
  EXPECT_EQ(made.cost.extents.k, 64);
}

TEST(Einsum, ImplicitOutputsAreTheIndicesUsedOnceInAlphabeticalOrder) {
  EXPECT_EQ(einsum("ij,jk", {input({3, 4}), input({4, 5})}).shape(), (Shape{3, 5}));
  EXPECT_EQ(einsum("ba", {input({3, 4})}).shape(), (Shape{4, 3}));
  EXPECT_EQ(einsum("ii", {input({3, 3})}).shape(), Shape{});
}

TEST(Einsum, AnEllipsisStandsForBroadcastAxes) {
  EXPECT_EQ(einsum("...ij,...jk->...ik", {input({7, 2, 3, 4}), input({2, 4, 5})}).shape(),
            (Shape{7, 2, 3, 5}));
  EXPECT_EQ(einsum("...ij,jk", {input({2, 3, 4}), input({4, 5})}).shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(einsum("b...->...b", {input({2, 3, 4})}).shape(), (Shape{3, 4, 2}));
}

TEST(Einsum, ATransposeCostsNothingAndASumOneOperationPerElement) {
  EXPECT_EQ(einsum("ij->ji", {input({3, 4})}).cost.operations.value, 0);
  EXPECT_EQ(einsum("ij->i", {input({3, 4})}).cost.operations.value, 12);
}

TEST(Einsum, EquationsThatDoNotFitAreRefusedWithAnExample) {
  for (const std::string equation : {"ij,jk->ik", "ijk->i", "ij->z", "i1->i", "", "....->i"}) {
    const auto made = einsum(equation, {input({3, 4})});
    ASSERT_FALSE(made.outputs) << equation;
    EXPECT_THAT(made.outputs.error().hint, HasSubstr("bij,bjk->bik"));
  }
  const auto made = einsum("ij,jk->ik", {input({3, 4}), input({5, 6})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().what, HasSubstr("index 'j' is 4 and 5"));
}

}  // namespace
}  // namespace forecost::layer
