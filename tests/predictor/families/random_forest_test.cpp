// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(RandomForest, StaysWithinTheTimesItHasSeen) {
  const auto table = synthetic::table();
  const auto predictor = find_family("random_forest")->fit(table, {});
  ASSERT_TRUE(predictor.has_value()) << to_string(predictor.error());
  double longest = 0;
  for (const auto& row : table.kernels) longest = std::max(longest, row.time.value);
  const std::vector<layer::Kernel> kernels{synthetic::conv({.batch = 64, .channels = 512, .filters = 512})};
  const auto forecasts = (*predictor)->predict(*(*predictor)->compile(kernels));
  EXPECT_LE(forecasts.front().time.value, longest * 1.0001);  // a mean of leaves cannot extrapolate
  EXPECT_GT(forecasts.front().time.value, 0.1 * longest);
}

}  // namespace
}  // namespace forecost::predictor
