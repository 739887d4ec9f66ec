// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Where, BroadcastsAllThree) {
  EXPECT_EQ(
      called("Where", {input({1, 1, 5}, ElementType::boolean), input({3, 1}), input({2, 1, 1})}).shape(),
      (Shape{2, 3, 5}));
}

TEST(Where, ChoosesKnownContents) {
  // Expand's idiom in exported models: Where(shape == -1, ones, shape).
  TensorFact condition = integers({1, 0, 0});
  condition.element = ElementType::boolean;
  EXPECT_EQ(called("Where", {condition, integers({1, 1, 1}), integers({-1, 7, 8})}).integers(),
            (Ints{1, 7, 8}));
}

TEST(Where, ShapesThatDoNotBroadcastAreRefused) {
  EXPECT_FALSE(called("Where", {input({2}, ElementType::boolean), input({3}), input({1})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
