// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(OneHot, AddsAnAxisOfClasses) {
  EXPECT_EQ(
      called("OneHot", {input({2, 3}, ElementType::int64), scalar(std::int64_t{10}), input({2})}).shape(),
      (Shape{2, 3, 10}));
  EXPECT_EQ(called("OneHot", {input({2, 3}, ElementType::int64), integers({10}), input({2})},
                   {{"axis", std::int64_t{0}}})
                .shape(),
            (Shape{10, 2, 3}));
  EXPECT_FALSE(
      called("OneHot", {input({2}, ElementType::int64), scalar(std::int64_t{0}), input({2})}).outputs);
}

TEST(NonZero, IsBoundedByItsInput) {
  EXPECT_EQ(called("NonZero", {input({3, 5})}).shape(), (Shape{2, 15}));
}

TEST(NonZero, FindsKnownContents) {
  TensorFact x = integers({0, 1, 1, 0});
  x.shape = {2, 2};
  const auto made = called("NonZero", {x});
  EXPECT_EQ(made.shape(), (Shape{2, 2}));
  EXPECT_EQ(made.integers(), (Ints{0, 1, 1, 0}));
}

}  // namespace
}  // namespace forecost::layer
