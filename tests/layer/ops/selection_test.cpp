// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(ArgMax, DropsOrKeepsTheAxisAndGivesPositions) {
  const auto made =
      called("ArgMax", {input({2, 10, 5})}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{2, 5}));
  EXPECT_EQ((*made.outputs)[0].element, ElementType::int64);
  EXPECT_EQ(called("ArgMin", {input({2, 10, 5})}).shape(), (Shape{1, 10, 5}));
}

TEST(TopK, TheCountIsAnInputSinceOpset10AndAnAttributeBefore) {
  const auto made = called("TopK", {input({2, 10}), integers({3})}, {}, {.outputs = 2});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(0), (Shape{2, 3}));
  EXPECT_EQ(made.shape(1), (Shape{2, 3}));
  EXPECT_EQ((*made.outputs)[1].element, ElementType::int64);
  EXPECT_EQ(called("TopK", {input({2, 10})}, {{"k", std::int64_t{4}}}, {.opset = 9, .outputs = 2}).shape(),
            (Shape{2, 4}));
}

TEST(TopK, MoreThanThereIsIsRefused) {
  const auto made = called("TopK", {input({2, 10}), integers({11})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("must not exceed"));
}

TEST(Compress, KeepsAtMostWhatTheConditionHolds) {
  EXPECT_EQ(called("Compress", {input({5, 4}), input({3}, ElementType::boolean)}, {{"axis", std::int64_t{0}}})
                .shape(),
            (Shape{3, 4}));
  EXPECT_EQ(called("Compress", {input({5, 4}), integers({1, 0, 1})}, {{"axis", std::int64_t{0}}}).shape(),
            (Shape{2, 4}));
  EXPECT_EQ(called("Compress", {input({5, 4}), input({30}, ElementType::boolean)}).shape(), Shape{20});
  EXPECT_FALSE(called("Compress", {input({5, 4}), input({2, 2}, ElementType::boolean)}).outputs);
}

TEST(Unique, GivesAtMostEveryElement) {
  const auto made = called("Unique", {input({5, 4})}, {}, {.outputs = 4});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(0), Shape{20});
  EXPECT_EQ(made.shape(3), Shape{20});
  EXPECT_EQ(called("Unique", {input({5, 4})}, {{"axis", std::int64_t{0}}}, {.outputs = 2}).shape(1),
            Shape{5});
}

TEST(NonMaxSuppression, SelectsAtMostTheStatedBoxesPerClass) {
  const auto made = called("NonMaxSuppression", {input({2, 100, 4}), input({2, 3, 100}), integers({10})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{60, 3}));
  EXPECT_EQ(called("NonMaxSuppression", {input({2, 100, 4}), input({2, 3, 100})}).shape(), (Shape{0, 3}));
  const auto wrong = called("NonMaxSuppression", {input({2, 100, 4}), input({2, 3, 90})});
  ASSERT_FALSE(wrong.outputs);
  EXPECT_THAT(wrong.outputs.error().hint, HasSubstr("[batches, classes, boxes]"));
}

}  // namespace
}  // namespace forecost::layer
