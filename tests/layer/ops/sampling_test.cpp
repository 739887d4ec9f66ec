// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(GridSample, TheOutputTakesTheGridsExtents) {
  const auto made = called("GridSample", {input({2, 3, 8, 8}), input({2, 5, 6, 2})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.shape(), (Shape{2, 3, 5, 6}));
  // Four neighbours, multiplied and added, per element; four operations per coordinate.
  EXPECT_EQ(made.cost.operations.value, 180 * 8 + 120 * 4);
  EXPECT_EQ(called("GridSample", {input({1, 3, 4, 8, 8}), input({1, 2, 5, 6, 3})}).shape(),
            (Shape{1, 3, 2, 5, 6}));
}

TEST(GridSample, AGridOfTheWrongRankIsRefused) {
  const auto made = called("GridSample", {input({2, 3, 8, 8}), input({2, 5, 6, 3})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("spatial rank"));
}

TEST(RoiAlign, HasOneMapPerRegion) {
  const AttributeMap size{{"output_height", std::int64_t{7}}, {"output_width", std::int64_t{7}}};
  EXPECT_EQ(
      called("RoiAlign", {input({1, 256, 50, 68}), input({100, 4}), input({100}, ElementType::int64)}, size)
          .shape(),
      (Shape{100, 256, 7, 7}));
  EXPECT_FALSE(
      called("RoiAlign", {input({1, 256, 50, 68}), input({100, 5}), input({100}, ElementType::int64)}, size)
          .outputs);
}

}  // namespace
}  // namespace forecost::layer
