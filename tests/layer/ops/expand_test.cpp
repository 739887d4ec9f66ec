// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Expand, BroadcastsBothWays) {
  EXPECT_EQ(called("Expand", {input({3, 1}), integers({2, 1, 6})}).shape(), (Shape{2, 3, 6}));
  EXPECT_EQ(called("Expand", {input({3, 4}), integers({1})}).shape(), (Shape{3, 4}));
  EXPECT_EQ(called("Expand", {integers({1, 2}), integers({2, 2})}).integers(), (Ints{1, 2, 1, 2}));
}

TEST(Expand, ReadsOnceAndWritesAll) {
  const auto made = called("Expand", {input({3, 1}), integers({3, 4})});
  EXPECT_EQ(made.cost.written.value, 48);
  EXPECT_EQ(made.cost.operations.value, 0);
}

TEST(Tile, RepeatsAlongEachAxis) {
  TensorFact x = integers({1, 2, 3, 4});
  x.shape = {2, 2};
  const auto made = called("Tile", {x, integers({1, 2})});
  EXPECT_EQ(made.shape(), (Shape{2, 4}));
  EXPECT_EQ(made.integers(), (Ints{1, 2, 1, 2, 3, 4, 3, 4}));
}

TEST(Tile, NegativeRepeatsAreRefused) {
  EXPECT_FALSE(called("Tile", {input({2}), integers({-1})}).outputs);
}

}  // namespace
}  // namespace forecost::layer
