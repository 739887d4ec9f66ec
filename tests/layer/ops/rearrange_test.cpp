// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(DepthToSpace, ChannelsBecomePixelsAndBack) {
  const AttributeMap block{{"blocksize", std::int64_t{2}}};
  EXPECT_EQ(called("DepthToSpace", {input({1, 8, 3, 5})}, block).shape(), (Shape{1, 2, 6, 10}));
  EXPECT_EQ(called("SpaceToDepth", {input({1, 2, 6, 10})}, block).shape(), (Shape{1, 8, 3, 5}));
}

TEST(DepthToSpace, BlocksThatDoNotDivideAreRefused) {
  const auto made = called("DepthToSpace", {input({1, 6, 3, 5})}, {{"blocksize", std::int64_t{2}}});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("blocksize squared"));
  EXPECT_FALSE(called("SpaceToDepth", {input({1, 6, 3, 4})}, {{"blocksize", std::int64_t{2}}}).outputs);
  EXPECT_FALSE(called("DepthToSpace", {input({1, 6, 3, 4})}).outputs);
}

TEST(Trilu, NeedsAMatrix) {
  EXPECT_EQ(called("Trilu", {input({2, 4, 4})}).cost.operations.value, 0);
  EXPECT_FALSE(called("Trilu", {input({4})}).outputs);
}

TEST(CumSum, AddsOncePerElement) {
  EXPECT_EQ(called("CumSum", {input({2, 4}), integers({1})}).cost.operations.value, 8);
  EXPECT_FALSE(called("CumSum", {input({2, 4}), integers({2})}).outputs);
}

TEST(ReverseSequence, NeedsOneLengthPerBatchEntry) {
  EXPECT_EQ(called("ReverseSequence", {input({6, 2, 4}), input({2}, ElementType::int64)}).shape(),
            (Shape{6, 2, 4}));
  const auto made = called("ReverseSequence", {input({6, 2, 4}), input({6}, ElementType::int64)});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("one length per batch entry"));
}

}  // namespace
}  // namespace forecost::layer
