// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

constexpr std::int64_t far_end = 9223372036854775807;

TEST(Slice, ClampsAndCountsFromTheEnd) {
  EXPECT_EQ(called("Slice", {input({10, 20}), integers({1, -5}), integers({far_end, -1})}).shape(),
            (Shape{9, 4}));
  EXPECT_EQ(
      called("Slice", {input({10}), integers({0}), integers({10}), integers({0}), integers({3})}).shape(),
      (Shape{4}));
}

TEST(Slice, RunsBackwards) {
  EXPECT_EQ(called("Slice", {integers({1, 2, 3, 4}), integers({-1}), integers({-far_end}), integers({0}),
                             integers({-1})})
                .integers(),
            (Ints{4, 3, 2, 1}));
  EXPECT_EQ(
      called("Slice", {integers({1, 2, 3, 4}), integers({3}), integers({0}), integers({0}), integers({-2})})
          .integers(),
      (Ints{4, 2}));
}

TEST(Slice, OldModelsUseAttributes) {
  EXPECT_EQ(called("Slice", {input({4, 8})}, {{"starts", Ints{2}}, {"ends", Ints{5}}, {"axes", Ints{1}}},
                   {.opset = 9})
                .shape(),
            (Shape{4, 3}));
}

TEST(Slice, ReadsOnlyWhatItKeeps) {
  const auto made = called("Slice", {input({100, 4}), integers({0}), integers({10})});
  EXPECT_EQ(made.cost.written.value, 160);
  EXPECT_EQ(made.cost.read.value, 160 + 16);
}

TEST(Slice, AnEmptyResultHasNoElements) {
  EXPECT_EQ(called("Slice", {integers({1, 2}), integers({2}), integers({1})}).shape(), (Shape{0}));
}

TEST(Slice, AStepOfZeroIsRefused) {
  EXPECT_FALSE(
      called("Slice", {input({4}), integers({0}), integers({4}), integers({0}), integers({0})}).outputs);
}

TEST(Slice, ExtremeStepsDoNotOverflow) {
  const auto made = called("Slice", {integers({1, 2, 3}), integers({far_end}), integers({-far_end - 1}),
                                     integers({0}), integers({-far_end - 1})});
  ASSERT_TRUE(made.outputs);
  EXPECT_EQ(made.integers(), (Ints{3}));
}

}  // namespace
}  // namespace forecost::layer
