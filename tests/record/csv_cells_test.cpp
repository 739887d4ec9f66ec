// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/csv_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::record {
namespace {

using ::testing::ElementsAre;

TEST(CsvCells, AreSplitAtCommasOutsideOfQuotes) {
  EXPECT_THAT(csv_cells("a,b,,c\r"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(csv_cells(R"("a,b","say ""hi""")"), ElementsAre("a,b", R"(say "hi")"));
  EXPECT_THAT(csv_cells(""), ElementsAre(""));
}

TEST(CsvNumber, IsTheWholeCellOrNothing) {
  EXPECT_EQ(csv_number("1.5e-3"), 0.0015);
  EXPECT_EQ(csv_number(" -2 "), -2);
  EXPECT_FALSE(csv_number("").has_value());
  EXPECT_FALSE(csv_number("3 ms").has_value());
}

}  // namespace
}  // namespace forecost::record
