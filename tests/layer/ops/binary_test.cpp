// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Binary, BroadcastsLikeNumpy) {
  EXPECT_EQ(called("Add", {input({8, 1, 6, 1}), input({7, 1, 5})}).shape(), (Shape{8, 7, 6, 5}));
  EXPECT_EQ(called("Mul", {input({1, 64, 56, 56}), input({64, 1, 1})}).cost.operations.value, 64 * 56 * 56);
}

TEST(Binary, ShapesThatDoNotBroadcastAreBothNamed) {
  const auto made = called("Add", {input({2, 3}), input({2, 4})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("[2, 3]"), std::string::npos);
  EXPECT_NE(made.outputs.error().what.find("[2, 4]"), std::string::npos);
  EXPECT_FALSE(made.outputs.error().hint.empty());
}

TEST(Binary, ContentsAreComputedWithBroadcasting) {
  TensorFact column = integers({10, 20});
  column.shape = {2, 1};
  EXPECT_EQ(called("Add", {column, integers({1, 2, 3})}).integers(), (Ints{11, 12, 13, 21, 22, 23}));
  EXPECT_EQ(called("Div", {integers({7, -7}), scalar(std::int64_t{2})}).integers(), (Ints{3, -3}));
  EXPECT_EQ(called("Mod", {integers({7, -7}), scalar(std::int64_t{4})}).integers(), (Ints{3, 1}));
  EXPECT_EQ(called("Pow", {integers({3}), scalar(std::int64_t{4})}).integers(), (Ints{81}));
}

TEST(Binary, ComparisonsGiveBooleans) {
  const auto made = called("Equal", {integers({1, -1}), integers({-1, -1})});
  EXPECT_EQ(made.outputs->front().element, ElementType::boolean);
  EXPECT_EQ(made.integers(), (Ints{0, 1}));
  EXPECT_EQ(called("Less", {reals({1.5, 2.5}), reals({2, 2})}).integers(), (Ints{1, 0}));
}

TEST(Binary, DivisionByZeroLeavesContentsUnknown) {
  const auto made = called("Div", {integers({1}), integers({0})});
  ASSERT_TRUE(made.outputs);
  EXPECT_FALSE(made.outputs->front().values);
}

TEST(Binary, ManyOperandsCountEachStep) {
  const auto made = called("Sum", {input({4, 4}), input({4, 4}), input({4, 1})});
  EXPECT_EQ(made.cost.operations.value, 2 * 16);
  EXPECT_EQ(called("Max", {integers({1, 9}), integers({5, 5}), integers({2, 2})}).integers(), (Ints{5, 9}));
}

TEST(Binary, ALearnedBiasIsCounted) {
  EXPECT_EQ(called("Add", {input({1, 10, 768}), constant({768})}).cost.parameters, 768);
  EXPECT_EQ(called("Mul", {input({1, 10, 768}), scalar(0.5)}).cost.parameters, 0);
}

}  // namespace
}  // namespace forecost::layer
