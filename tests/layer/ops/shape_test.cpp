// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(ShapeOp, KnowsItsContents) {
  EXPECT_EQ(called("Shape", {input({2, 3, 4})}).integers(), (Ints{2, 3, 4}));
  EXPECT_EQ(called("Shape", {input({2, 3, 4})}, {{"start", std::int64_t{-2}}}).integers(), (Ints{3, 4}));
  EXPECT_EQ(
      called("Shape", {input({2, 3, 4})}, {{"start", std::int64_t{1}}, {"end", std::int64_t{-1}}}).integers(),
      (Ints{3}));
  EXPECT_EQ(
      called("Shape", {input({2, 3})}, {{"start", std::int64_t{2}}, {"end", std::int64_t{1}}}).integers(),
      (Ints{}));
}

TEST(ShapeOp, IsNotConstantWhereItsInputIsNot) {
  EXPECT_FALSE(called("Shape", {input({2})}).outputs->front().constant);
  EXPECT_TRUE(called("Shape", {constant({2})}).outputs->front().constant);
}

TEST(SizeOp, CountsElements) {
  EXPECT_EQ(called("Size", {input({2, 3, 4})}).integers(), (Ints{24}));
}

TEST(SizeOp, ReadsNothing) {
  EXPECT_EQ(called("Size", {input({2, 3, 4})}).cost.read.value, 0);
}

}  // namespace
}  // namespace forecost::layer
