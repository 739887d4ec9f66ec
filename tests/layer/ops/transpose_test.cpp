// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Transpose, PermutesExtentsAndContents) {
  TensorFact x = integers({1, 2, 3, 4, 5, 6});
  x.shape = {2, 3};
  const auto made = called("Transpose", {x}, {{"perm", Ints{1, 0}}});
  EXPECT_EQ(made.shape(), (Shape{3, 2}));
  EXPECT_EQ(made.integers(), (Ints{1, 4, 2, 5, 3, 6}));
}

TEST(Transpose, ReversesWithoutPerm) {
  EXPECT_EQ(called("Transpose", {input({2, 3, 4})}).shape(), (Shape{4, 3, 2}));
}

TEST(Transpose, AnAxisNamedTwiceIsRefused) {
  EXPECT_FALSE(called("Transpose", {input({2, 3})}, {{"perm", Ints{0, 0}}}).outputs);
}

}  // namespace
}  // namespace forecost::layer
