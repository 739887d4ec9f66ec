// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Scatter, TheResultHasTheShapeOfTheData) {
  const auto made =
      called("ScatterElements", {input({5, 4}), input({2, 3}, ElementType::int64), input({2, 3})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{5, 4}));
  EXPECT_EQ(made.cost.operations.value, 0);
  EXPECT_EQ(made.cost.read.value, 4 * 20 + 8 * 6 + 4 * 6);
}

TEST(Scatter, AReductionCostsOneOperationPerUpdate) {
  const auto made = called("ScatterND", {input({8, 4}), input({3, 1}, ElementType::int64), input({3, 4})},
                           {{"reduction", std::string("add")}});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.cost.operations.value, 12);
}

TEST(Scatter, UpdatesThatDoNotFitAreRefusedWithTheRightShape) {
  const auto made = called("ScatterND", {input({8, 4}), input({3, 1}, ElementType::int64), input({3, 5})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("[3, 4]"));
  EXPECT_FALSE(called("ScatterND", {input({8, 4}), input({3, 3}, ElementType::int64), input({3})}).outputs);
  EXPECT_FALSE(
      called("ScatterElements", {input({5, 4}), input({2, 3}, ElementType::int64), input({2, 2})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
