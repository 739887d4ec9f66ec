// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/limit_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

TEST(Measured, TurnsUnitsIntoBaseUnits) {
  EXPECT_DOUBLE_EQ(parse_measured("5 ms")->value, 0.005);
  EXPECT_DOUBLE_EQ(parse_measured("1.15GB")->value, 1.15e9);
  EXPECT_DOUBLE_EQ(parse_measured("2 MiB")->value, 2097152);
  EXPECT_DOUBLE_EQ(parse_measured("2e6")->value, 2e6);
  EXPECT_DOUBLE_EQ(parse_measured("10 %")->value, 0.1);
  EXPECT_DOUBLE_EQ(parse_measured("85 W")->value, 85);
  EXPECT_EQ(parse_measured("5 ms")->unit, "ms");
}

TEST(Measured, NamesTheUnitsThereAre) {
  EXPECT_THAT(parse_measured("5 mss").error().what, HasSubstr("'mss'"));
  EXPECT_THAT(parse_measured("5 mss").error().hint, HasSubstr(" ms "));
  for (const char* text : {"", "ms", "nan", "inf s", "five ms"}) EXPECT_FALSE(parse_measured(text)) << text;
}

TEST(LimitText, SplitsAtOneComparison) {
  const LimitText limit = split_limit(" latency@pi <= 5 ms ").value();
  EXPECT_EQ(limit.left, "latency@pi");
  EXPECT_EQ(limit.right, "5 ms");
  EXPECT_TRUE(limit.at_most);
  EXPECT_FALSE(split_limit("accuracy >= 0.9")->at_most);
  for (const char* text :
       {"latency", "latency < 5", "latency == 5", "1 <= a <= 2", "<= 5", "a <=", "a = 5", ""}) {
    EXPECT_FALSE(split_limit(text)) << text;
  }
}

TEST(ObjectiveText, MaySayFromWhichValueOnAFrontIsWorthSomething) {
  EXPECT_FALSE(parse_objective("error", true)->worst);
  const Objective latency = parse_objective("latency@pi <= 5 ms", true).value();
  EXPECT_EQ(latency.metric, "latency@pi");
  EXPECT_DOUBLE_EQ(*latency.worst, 0.005);
  EXPECT_EQ(latency.unit, "s");
  EXPECT_DOUBLE_EQ(*parse_objective("accuracy >= 90 %", false)->worst, 0.9);
}

TEST(ObjectiveText, RefusesABoundOnTheGoodSide) {
  EXPECT_THAT(parse_objective("error >= 25", true).error().hint, HasSubstr("<="));
  EXPECT_THAT(parse_objective("accuracy <= 0.9", false).error().hint, HasSubstr(">="));
  EXPECT_FALSE(parse_objective("error <= few", true));
}

TEST(LimitText, ShowsValuesInTheUnitOfTheirLimit) {
  EXPECT_EQ(to_text(0.00512, "ms"), "5.12 ms");
  EXPECT_EQ(to_text(0.034, "%"), "3.4 %");
  EXPECT_EQ(to_text(0.034, ""), "0.034");
}

}  // namespace
}  // namespace forecost::search
