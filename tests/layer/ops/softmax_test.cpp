// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(Softmax, FiveOperationsPerElement) {
  const auto made = called("Softmax", {input({1, 1000})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{1, 1000}));
  EXPECT_EQ(made.cost.operations.value, 5000);
}

TEST(Softmax, BeforeOpset13TheInputIsFlattenedAtTheAxis) {
  const auto old = called("Softmax", {input({2, 3, 4})}, {}, {.opset = 11});
  ASSERT_TRUE(old.outputs);
  EXPECT_EQ(old.cost.extents.m, 2);
  EXPECT_EQ(old.cost.extents.n, 12);
  const auto since = called("Softmax", {input({2, 3, 4})}, {}, {.opset = 13});
  ASSERT_TRUE(since.outputs);
  EXPECT_EQ(since.cost.extents.m, 6);
  EXPECT_EQ(since.cost.extents.n, 4);
  const auto inner = called("LogSoftmax", {input({2, 3, 4})}, {{"axis", std::int64_t{1}}}, {.opset = 13});
  ASSERT_TRUE(inner.outputs);
  EXPECT_EQ(inner.cost.extents.n, 3);
}

TEST(Softmax, AnAxisOutsideIsRefused) {
  EXPECT_FALSE(called("Softmax", {input({2, 3})}, {{"axis", std::int64_t{2}}}).outputs);
  EXPECT_FALSE(called("Hardmax", {input({})}).outputs);
  EXPECT_FALSE(called("LogSoftmax", {absent()}).outputs);
}

}  // namespace
}  // namespace forecost::layer
