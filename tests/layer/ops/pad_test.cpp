// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Pad, AddsBeforeAndBehind) {
  EXPECT_EQ(called("Pad", {input({1, 3, 8, 8}), integers({0, 0, 1, 2, 0, 0, 3, 4})}).shape(),
            (Shape{1, 3, 12, 14}));
  EXPECT_EQ(called("Pad", {input({4})}, {{"pads", Ints{1, 1}}}, {.opset = 9}).shape(), (Shape{6}));
}

TEST(Pad, NegativePadsCrop) {
  EXPECT_EQ(called("Pad", {input({8}), integers({-2, -3})}).shape(), (Shape{3}));
  EXPECT_FALSE(called("Pad", {input({4}), integers({-2, -3})}).outputs);
}

TEST(Pad, NamedAxesPadOnlyThose) {
  EXPECT_EQ(called("Pad", {input({2, 5, 6}), integers({1, 2}), scalar(0.0), integers({-1})}).shape(),
            (Shape{2, 5, 9}));
}

TEST(Pad, TooFewPadsAreRefused) {
  EXPECT_FALSE(called("Pad", {input({2, 2}), integers({1, 1})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
