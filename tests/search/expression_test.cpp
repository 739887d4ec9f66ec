// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

TEST(Expression, IsArithmeticOverParameters) {
  const Space space =
      Space::make({tests::integer("width", 1, 64), tests::ordinal("kernel", {"1", "3", "5"})}).value();
  const auto value = [&space](const char* text) { return Expression::parse(text, space)->value({{10, 2}}); };
  EXPECT_EQ(value("width * kernel + 1"), 51);
  EXPECT_EQ(value("max(width, kernel) ^ 2"), 100);
  EXPECT_EQ(value("width > 3 ? 7 : 8"), 7);
  EXPECT_EQ(value("2.5"), 2.5);
}

TEST(Expression, CountsTrueAsOneAndWhatIsNotActiveAsZero) {
  const Space space = Space::make({tests::categorical("on", {"false", "true"}),
                                   tests::only(tests::integer("n", 1, 9), 0, {1})})
                          .value();
  const Expression sum = Expression::parse("on + n", space).value();
  EXPECT_EQ(sum.value(space.repaired({{1, 5}})), 6);
  EXPECT_EQ(sum.value(space.repaired({{0, 5}})), 0);
}

TEST(Expression, NamesWhatItDoesNotKnow) {
  const Space space = tests::mixed_space();
  const Error unknown = Expression::parse("widht * 2", space).error();
  EXPECT_EQ(unknown.where, "widht");
  EXPECT_THAT(unknown.hint, HasSubstr("'width'"));
  EXPECT_THAT(Expression::parse("kind * 2", space).error().what, HasSubstr("is a text"));
  EXPECT_THAT(Expression::parse("width *", space).error().what, HasSubstr("no expression"));
  EXPECT_FALSE(Expression::parse("", space).has_value());
}

}  // namespace
}  // namespace forecost::search
