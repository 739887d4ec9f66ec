// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Concat, AddsExtentsAlongTheAxis) {
  const auto made =
      called("Concat", {input({1, 64, 8, 8}), input({1, 32, 8, 8})}, {{"axis", std::int64_t{1}}});
  EXPECT_EQ(made.shape(), (Shape{1, 96, 8, 8}));
  EXPECT_EQ(made.cost.read.value, made.cost.written.value);
  EXPECT_EQ(made.cost.operations.value, 0);
}

TEST(Concat, JoinsKnownContents) {
  EXPECT_EQ(called("Concat", {integers({1, 2}), integers({-1})}, {{"axis", std::int64_t{0}}}).integers(),
            (Ints{1, 2, -1}));
  TensorFact a = integers({1, 2});
  a.shape = {2, 1};
  TensorFact b = integers({3, 4, 5, 6});
  b.shape = {2, 2};
  EXPECT_EQ(called("Concat", {a, b}, {{"axis", std::int64_t{-1}}}).integers(), (Ints{1, 3, 4, 2, 5, 6}));
}

TEST(Concat, UnequalExtentsAreRefusedWithBothShapes) {
  const auto made =
      called("Concat", {input({1, 64, 8, 8}), input({1, 32, 7, 8})}, {{"axis", std::int64_t{1}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().what.find("[1, 32, 7, 8]"), std::string::npos);
}

TEST(Split, KnowsItsThreeForms) {
  const AttributeMap axis{{"axis", std::int64_t{1}}};
  EXPECT_EQ(called("Split", {input({2, 6})}, axis, {.opset = 11, .outputs = 3}).shape(2), (Shape{2, 2}));
  EXPECT_EQ(called("Split", {input({2, 6})}, {{"axis", std::int64_t{1}}, {"split", Ints{1, 5}}},
                   {.opset = 11, .outputs = 2})
                .shape(1),
            (Shape{2, 5}));
  EXPECT_EQ(called("Split", {input({2, 6}), integers({4, 2})}, axis, {.outputs = 2}).shape(0), (Shape{2, 4}));
}

TEST(Split, NumOutputsMakesTheLastPartSmaller) {
  const auto made = called("Split", {input({7})}, {{"num_outputs", std::int64_t{4}}}, {.outputs = 4});
  EXPECT_EQ(made.shape(0), (Shape{2}));
  EXPECT_EQ(made.shape(3), (Shape{1}));
}

TEST(Split, KnownContentsAreCut) {
  const auto made = called("Split", {integers({1, 2, 3}), integers({1, 2})}, {}, {.outputs = 2});
  EXPECT_EQ(made.integers(1), (Ints{2, 3}));
}

TEST(Split, PartsThatDoNotAddUpAreRefused) {
  EXPECT_FALSE(called("Split", {input({7}), integers({4, 4})}, {}, {.outputs = 2}).outputs);
}

}  // namespace
}  // namespace forecost::layer
