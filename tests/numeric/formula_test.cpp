// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/formula.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::numeric {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> names{"hw", "stride", "c-in", "bad"};

double value(const std::string& text, const std::vector<double>& numbers) {
  const auto formula = Formula::parse(text, names);
  return formula ? formula->value(numbers) : std::nan("");
}

TEST(Formula, IsArithmeticOverItsNames) {
  EXPECT_EQ(value("hw ^ 2 / stride", {6, 4, 0, 0}), 9);
  EXPECT_EQ(value("ceil(hw / stride) + floor(hw / stride)", {7, 2, 0, 0}), 7);
  EXPECT_EQ(value("bad != 0 || hw > 5", {4, 0, 0, 0}), 0);
  EXPECT_EQ(value("3", {}), 3);
}

TEST(Formula, SaysWhichNamesItUses) {
  EXPECT_THAT(Formula::parse("stride * hw + stride", names)->used(), ElementsAre(0U, 1U));
}

TEST(Formula, EachHasNumbersOfItsOwn) {
  const auto a = Formula::parse("hw", names);
  const auto b = Formula::parse("hw + stride", names);
  EXPECT_EQ(a->value(std::vector<double>{1, 2, 3, 4}), 1);
  EXPECT_EQ(b->value(std::vector<double>{10, 20, 30, 40}), 30);
  EXPECT_EQ(a->value(std::vector<double>{5, 2, 3, 4}), 5);
}

TEST(Formula, AnUnknownNameIsRefusedWithTheNearest) {
  const auto formula = Formula::parse("strid * 2", names);
  ASSERT_FALSE(formula.has_value());
  EXPECT_THAT(formula.error().what, HasSubstr("'strid'"));
  EXPECT_THAT(formula.error().hint, HasSubstr("stride"));
}

TEST(Formula, NonsenseIsRefused) {
  for (const char* text : {"", "hw *", "hw hw", "2 +* 3", "floor()", "(hw"}) {
    EXPECT_FALSE(Formula::parse(text, names).has_value()) << text;
  }
}

}  // namespace
}  // namespace forecost::numeric
