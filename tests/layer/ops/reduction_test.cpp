// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Reduction, GlobalMeanOfResNetFeatures) {
  const auto made = called("ReduceMean", {input({1, 2048, 7, 7})},
                           {{"axes", Ints{2, 3}}, {"keepdims", std::int64_t{0}}}, {.opset = 13});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 2048}));
  EXPECT_EQ(made.cost.operations.value, 2048 * 49 + 2048);
  EXPECT_EQ(made.cost.extents.m, 2048);
  EXPECT_EQ(made.cost.extents.n, 49);
}

TEST(Reduction, AxesMayBeAnInput) {
  const auto made = called("ReduceSum", {input({2, 3, 4}), integers({-1, 0})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 3, 1}));
}

TEST(Reduction, WithoutAxesEverythingIsReducedUnlessToldOtherwise) {
  EXPECT_EQ(called("ReduceMax", {input({2, 3})}).shape(), (Shape{1, 1}));
  EXPECT_EQ(called("ReduceMax", {input({2, 3})}, {{"keepdims", std::int64_t{0}}}).shape(), Shape{});
  EXPECT_EQ(called("ReduceMax", {input({2, 3})}, {{"noop_with_empty_axes", std::int64_t{1}}}).shape(),
            (Shape{2, 3}));
}

TEST(Reduction, ProductsOfShapesAreFolded) {
  const AttributeMap flat{{"keepdims", std::int64_t{0}}};
  EXPECT_EQ(called("ReduceProd", {integers({2, 3, 4})}, flat).integers(), Ints{24});
  EXPECT_EQ(called("ReduceSum", {integers({2, 3, 4})}, flat).integers(), Ints{9});
  EXPECT_EQ(called("ReduceMax", {integers({2, 9, 4})}, flat).integers(), Ints{9});
  EXPECT_EQ(called("ReduceMin", {integers({2, 9, 4})}, flat).integers(), Ints{2});
  const auto large = called("ReduceProd", {integers({std::int64_t{1} << 40, std::int64_t{1} << 40})}, flat);
  ASSERT_TRUE(large.outputs);
  EXPECT_FALSE((*large.outputs)[0].values.has_value());
}

TEST(Reduction, AxesKnownOnlyAtRunTimeAreRefusedWithAHint) {
  const auto made = called("ReduceSum", {input({2, 3}), input({1}, ElementType::int64)});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("constant"));
  EXPECT_FALSE(called("ReduceL2", {input({2, 3})}, {{"axes", Ints{2}}}).outputs);
}

}  // namespace
}  // namespace forecost::layer
