// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/pull.h"

#include <gtest/gtest.h>

namespace forecost::search {
namespace {

Problem below(double bound) {
  Problem problem;
  problem.space = *Space::make({{.name = "x", .low = 0, .high = 10}});
  problem.objectives = {{.metric = "f"}};
  problem.limits = {{.metric = "cost", .bound = bound, .known = true}};
  problem.forecast = [](const Design& d) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = d.values[0]}};
  };
  return problem;
}

TEST(Pull, StopsWithinASixtyFourthOfTheWayBeforeTheLimit) {
  const auto found = pulled_inside(below(4), {0.1}, {{9.0}});
  ASSERT_TRUE(found.has_value());
  EXPECT_LE(found->values[0], 4);
  EXPECT_GE(found->values[0], 4 - 8.0 / 64);
}

TEST(Pull, FindsNothingWhereTheWayIsForbiddenFromItsStart) {
  EXPECT_FALSE(pulled_inside(below(0.5), {0.1}, {{9.0}}).has_value());
}

}  // namespace
}  // namespace forecost::search
