// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/widths.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::deployment {
namespace {

using search::Design;
using search::Parameter;
using search::Space;
using ::testing::ElementsAre;

/// Two integer widths and an ordinal one.
Space three_widths() {
  return Space::make({{.name = "a", .kind = Parameter::Kind::integer, .low = 4, .high = 30},
                      {.name = "b", .kind = Parameter::Kind::integer, .low = 8, .high = 64},
                      {.name = "c", .kind = Parameter::Kind::ordinal, .choices = {"10", "20", "40"}}})
      .value();
}

const Widths all_three{.parameters = {0, 1, 2}};

/// a + b + the number that c stands for.
Result<double> sum(const Design& design) {
  return design.values[0] + design.values[1] + 10 * std::pow(2.0, design.values[2]);
}

TEST(Widths, AreMultiplesAndTheEndsOfTheirRange) {
  const Space space = three_widths();
  EXPECT_THAT(values_of(space, all_three, 0), ElementsAre(4, 8, 16, 24, 30));
  EXPECT_THAT(values_of(space, {.parameters = {1}, .multiple = 16}, 1), ElementsAre(8, 16, 32, 48, 64));
  EXPECT_THAT(values_of(space, all_three, 2), ElementsAre(0, 1, 2));
  EXPECT_EQ(width_of(space[2], 2), 40);
  EXPECT_THAT(widest(space, all_three, {{4, 8, 0}}).values, ElementsAre(30, 64, 2));
}

TEST(Narrowed, IsTheWidestValueThatHoldsTheBound) {
  const Space space = three_widths();
  const Design design{{30, 64, 2}};  // 134
  EXPECT_THAT(narrowed(space, all_three, design, 1, sum, 120)->values, ElementsAre(30, 48, 2));
  EXPECT_THAT(narrowed(space, all_three, design, 2, sum, 120)->values, ElementsAre(30, 64, 1));
  EXPECT_THAT(narrowed(space, all_three, design, 1, sum, 1000)->values, ElementsAre(30, 56, 2));
  EXPECT_FALSE(narrowed(space, all_three, design, 0, sum, 100).has_value());
}

TEST(Narrowed, PassesOverWhatCannotBeBuilt) {
  const Space space = three_widths();
  const DesignCost odd = [](const Design& design) -> Result<double> {
    if (design.values[0] == 24) return Error{Fault::bad_input, "24 does not fit", "", "another width"};
    return sum(design);
  };
  EXPECT_THAT(narrowed(space, all_three, {{30, 64, 2}}, 0, odd, 130)->values, ElementsAre(16, 64, 2));
}

TEST(ScaleWidths, ShrinksAllByOneFactor) {
  const Space space = three_widths();
  // Times 5 / 8: 18.75, 40 and 25 become 16, 40 and 20.
  const auto scaled = scale_widths(space, all_three, {{30, 64, 2}}, sum, 80);
  ASSERT_TRUE(scaled.has_value());
  EXPECT_THAT(scaled->design.values, ElementsAre(16, 40, 1));
  EXPECT_DOUBLE_EQ(scaled->factor, 0.625);
  EXPECT_EQ(scaled->cost, 76);
  EXPECT_FALSE(scale_widths(space, all_three, {{30, 64, 2}}, sum, 20).has_value());
}

TEST(ScaleWidths, GrowsWhereTheBoundLeavesRoom) {
  const Space space = three_widths();
  const auto scaled = scale_widths(space, all_three, {{8, 16, 0}}, sum, 90);
  ASSERT_TRUE(scaled.has_value());
  EXPECT_GT(scaled->factor, 1);
  EXPECT_LE(scaled->cost, 90);
}

TEST(ScaleWidths, NoLargerFactorHoldsTheBound) {
  rc::check("for any bound, by trying factors", [] {
    const Space space = three_widths();
    const Design design{{30, 64, 2}};
    const double bound = *rc::gen::inRange(25, 140);
    const auto scaled = scale_widths(space, all_three, design, sum, bound);
    RC_PRE(scaled.has_value());
    RC_ASSERT(scaled->cost <= bound);
    for (int step = 1; step <= 200; ++step) {
      const double factor = scaled->factor + 0.005 * step;
      Design other = design;
      for (const std::size_t p : all_three.parameters) {
        const double wanted = factor * width_of(space[p], design.values[p]);
        other.values[p] = values_of(space, all_three, p).front();
        for (const double value : values_of(space, all_three, p)) {
          if (width_of(space[p], value) <= wanted) other.values[p] = value;
        }
      }
      RC_ASSERT(sum(other).value() > bound || search::same(other, scaled->design) ||
                other.values == design.values);
    }
  });
}

TEST(ClipWidths, LeavesWhatHoldsAndClipsTheRest) {
  const Space space = three_widths();
  EXPECT_THAT(clip_widths(space, all_three, {{16, 16, 0}}, sum, 1000)->values, ElementsAre(16, 16, 0));
  // a may be 30 as b and c can still be 8 and 10; then b at most 60 - 30 - 10, and nothing is left for c.
  EXPECT_THAT(clip_widths(space, all_three, {{30, 64, 2}}, sum, 60)->values, ElementsAre(30, 16, 0));
  EXPECT_FALSE(clip_widths(space, all_three, {{30, 64, 2}}, sum, 21).has_value());
}

}  // namespace
}  // namespace forecost::deployment
