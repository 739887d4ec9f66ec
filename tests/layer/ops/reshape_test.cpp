// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Reshape, ZeroCopiesAndMinusOneFillsIn) {
  EXPECT_EQ(called("Reshape", {input({2, 3, 4}), integers({0, -1})}).shape(), (Shape{2, 12}));
  EXPECT_EQ(called("Reshape", {input({2, 3, 4}), integers({4, 0, -1})}).shape(), (Shape{4, 3, 2}));
}

TEST(Reshape, AllowzeroMeansZero) {
  EXPECT_EQ(called("Reshape", {input({0, 3}), integers({3, 0})}, {{"allowzero", std::int64_t{1}}}).shape(),
            (Shape{3, 0}));
}

TEST(Reshape, CostsNothing) {
  const auto made = called("Reshape", {input({2, 3, 4}), integers({24})});
  EXPECT_EQ(made.cost.read.value + made.cost.written.value + made.cost.operations.value, 0);
}

TEST(Reshape, UnequalElementCountsNameBothShapes) {
  const auto made = called("Reshape", {input({8, 256, 6, 6}), integers({1, 9216})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("[8, 256, 6, 6]"), std::string::npos);
  EXPECT_NE(made.outputs.error().what.find("[1, 9216]"), std::string::npos);
  EXPECT_NE(made.outputs.error().hint.find("--batch"), std::string::npos);
}

TEST(Reshape, WithoutKnownTargetDependsOnData) {
  const auto made = called("Reshape", {input({4}), input({2}, ElementType::int64)});
  ASSERT_FALSE(made.outputs);
  EXPECT_EQ(made.outputs.error().fault, Fault::unsupported);
}

TEST(Reshape, TwoOpenExtentsAreRefused) {
  EXPECT_FALSE(called("Reshape", {input({4}), integers({-1, -1})}).outputs);
}

TEST(Reshape, HugeTargetsDoNotOverflow) {
  EXPECT_FALSE(called("Reshape", {input({4}), integers({1LL << 62, 1LL << 62, -1})}).outputs);
}

TEST(Flatten, CutsAtTheAxis) {
  EXPECT_EQ(called("Flatten", {input({2, 3, 4, 5})}).shape(), (Shape{2, 60}));
  EXPECT_EQ(called("Flatten", {input({2, 3, 4, 5})}, {{"axis", std::int64_t{0}}}).shape(), (Shape{1, 120}));
  EXPECT_EQ(called("Flatten", {input({2, 3, 4, 5})}, {{"axis", std::int64_t{-1}}}).shape(), (Shape{24, 5}));
  EXPECT_FALSE(called("Flatten", {input({2, 3})}, {{"axis", std::int64_t{3}}}).outputs);
}

TEST(Squeeze, TakesAxesFromAttributeOrInput) {
  EXPECT_EQ(called("Squeeze", {input({1, 3, 1})}, {{"axes", Ints{0}}}, {.opset = 11}).shape(), (Shape{3, 1}));
  EXPECT_EQ(called("Squeeze", {input({1, 3, 1}), integers({-1})}).shape(), (Shape{1, 3}));
  EXPECT_EQ(called("Squeeze", {input({1, 3, 1})}).shape(), (Shape{3}));
  EXPECT_FALSE(called("Squeeze", {input({1, 3, 1}), integers({1})}).outputs);
}

TEST(Unsqueeze, TakesAxesFromAttributeOrInput) {
  EXPECT_EQ(called("Unsqueeze", {input({3, 4})}, {{"axes", Ints{0, 3}}}, {.opset = 11}).shape(),
            (Shape{1, 3, 4, 1}));
  EXPECT_EQ(called("Unsqueeze", {input({3, 4}), integers({-1})}).shape(), (Shape{3, 4, 1}));
  EXPECT_EQ(called("Unsqueeze", {scalar(std::int64_t{7}), integers({0})}).integers(), (Ints{7}));
  EXPECT_FALSE(called("Unsqueeze", {input({3}), integers({0, 0})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
