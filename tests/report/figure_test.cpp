// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/figure.h"

#include <gtest/gtest.h>

namespace forecost::report {

TEST(Figure, SaysWhetherItsGoalIsMet) {
  EXPECT_EQ(result_line({"s.error", 4.5, "%", Figure::Goal::at_most, 5}),
            "RESULT s.error 4.5 % goal <= 5 met");
  EXPECT_EQ(result_line({"s.error", 5.5, "%", Figure::Goal::at_most, 5}),
            "RESULT s.error 5.5 % goal <= 5 missed");
  EXPECT_EQ(result_line({"s.ratio", 99, "x", Figure::Goal::at_least, 100}),
            "RESULT s.ratio 99 x goal >= 100 missed");
  EXPECT_EQ(result_line({"s.n", 12, "networks"}), "RESULT s.n 12 networks");
}

TEST(Figure, SaysWhyItIsAbsent) {
  EXPECT_EQ(absent_line("s.rival", "pip has no nn-meter"), "RESULT s.rival absent pip has no nn-meter");
}

}  // namespace forecost::report
