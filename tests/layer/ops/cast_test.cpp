// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Cast, TruncatesContents) {
  const auto made = called("Cast", {reals({1.9, -1.9, 3})}, {{"to", std::int64_t{7}}});
  EXPECT_EQ(made.integers(), (Ints{1, -1, 3}));
  EXPECT_EQ(made.outputs->front().element, ElementType::int64);
}

TEST(Cast, ToBooleanIsNotZero) {
  EXPECT_EQ(called("Cast", {reals({0.5, 0})}, {{"to", std::int64_t{9}}}).integers(), (Ints{1, 0}));
}

TEST(Cast, ChangesTheBytesWritten) {
  const auto made = called("Cast", {input({100})}, {{"to", std::int64_t{10}}});
  EXPECT_EQ(made.cost.read.value, 400);
  EXPECT_EQ(made.cost.written.value, 200);
}

TEST(Cast, ToAnUnknownTypeIsRefused) {
  const auto made = called("Cast", {input({4})}, {{"to", std::int64_t{999}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().hint.find("DataType"), std::string::npos);
}

TEST(CastLike, TakesTheTypeOfItsSecondInput) {
  EXPECT_EQ(called("CastLike", {reals({2.5}), integers({1})}).integers(), (Ints{2}));
}

TEST(Clip, LimitsAreNoParameters) {
  const auto made = called("Clip", {input({4, 4}), scalar(0.0), scalar(6.0)});
  EXPECT_EQ(made.cost.parameters, 0);
  EXPECT_EQ(made.cost.operations.value, 32);
}

TEST(Clip, PropagatesContents) {
  EXPECT_EQ(
      called("Clip", {integers({-3, 4, 99}), scalar(std::int64_t{0}), scalar(std::int64_t{10})}).integers(),
      (Ints{0, 4, 10}));
}

TEST(PRelu, SlopesAreParameters) {
  EXPECT_EQ(called("PRelu", {input({1, 64, 8, 8}), constant({64, 1, 1})}).cost.parameters, 64);
}

TEST(PRelu, ASlopeLargerThanItsInputIsRefused) {
  EXPECT_FALSE(called("PRelu", {input({1, 4}), constant({3, 4})}).outputs);
}

TEST(Dropout, IsAViewAtInference) {
  const auto made = called("Dropout", {input({2, 8})}, {}, {.outputs = 2});
  EXPECT_EQ(made.shape(), (Shape{2, 8}));
  EXPECT_EQ(made.outputs->at(1).element, ElementType::boolean);
  EXPECT_EQ(made.cost.read.value + made.cost.written.value + made.cost.operations.value, 0);
}

TEST(Identity, KeepsContents) {
  EXPECT_EQ(called("Identity", {integers({5, 6})}).integers(), (Ints{5, 6}));
}

}  // namespace
}  // namespace forecost::layer
