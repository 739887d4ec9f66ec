// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/statistics.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

TEST(Quantile, AgreesWithNumPyOnFourNumbers) {
  // numpy.quantile([1, 2, 4, 8], [0, .25, .5, .9, 1]) -> 1, 1.75, 3, 6.8, 8
  const std::vector<double> values{8, 1, 4, 2};
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(median(values), 3);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 6.8);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 8);
}

TEST(Quantile, LiesBetweenTheExtremesAndGrowsWithItsShare) {
  rc::check([] {
    const auto integers = *rc::gen::nonEmpty<std::vector<int>>();
    const std::vector<double> values(integers.begin(), integers.end());
    const double a = *rc::gen::inRange(0, 101) / 100.0;
    const double b = *rc::gen::inRange(0, 101) / 100.0;
    RC_ASSERT(quantile(values, std::min(a, b)) <= quantile(values, std::max(a, b)));
    RC_ASSERT(quantile(values, a) >= *std::min_element(values.begin(), values.end()));
    RC_ASSERT(quantile(values, a) <= *std::max_element(values.begin(), values.end()));
  });
}

TEST(Quantile, OfNothingBreaksTheContract) {
  EXPECT_THROW(median({}), BrokenContract);
}

TEST(WeightedQuantile, AWeightOfThreeIsThreeCopies) {
  const std::vector<double> values{5, 1, 3};
  const std::vector<double> weights{1, 3, 1};
  EXPECT_EQ(weighted_quantile(values, weights, 0.5), 1);
  EXPECT_EQ(weighted_quantile(values, weights, 0.7), 3);
}

TEST(RobustDeviation, IsTheDeviationOfNormalNumbersAndIgnoresAFewWildOnes) {
  Random random(1);
  std::vector<double> values;
  for (int i = 0; i < 20000; ++i) values.push_back(3 + 2 * random.normal());
  EXPECT_NEAR(robust_deviation(values), 2, 0.06);  // four standard errors of the estimator
  for (int i = 0; i < 200; ++i) values[static_cast<std::size_t>(i)] = 1e9;
  EXPECT_NEAR(robust_deviation(values), 2, 0.1);
}

TEST(Spearman, AgreesWithAHandComputedCaseWithTies) {
  // ranks 1 2.5 2.5 4 and 1 3 2 4: covariance 4.5, variances 4.5 and 5
  const std::vector<double> a{1, 2, 2, 3};
  const std::vector<double> b{10, 30, 20, 40};
  EXPECT_NEAR(spearman(a, b), 4.5 / std::sqrt(4.5 * 5), 1e-12);
  EXPECT_EQ(spearman(a, std::vector<double>{7, 7, 7, 7}), 0);
}

TEST(ConformalQuantile, TakesTheRankThatCoversOneMore) {
  std::vector<double> scores;
  for (int i = 1; i <= 19; ++i) scores.push_back(i);
  EXPECT_EQ(conformal_quantile(scores, 0.9), 18);  // ceil(20 * 0.9)
  EXPECT_GT(conformal_quantile({1, 2, 3}, 0.9), 3);
}

TEST(ConformalQuantile, CoversNewScoresAtLeastAsOftenAsAsked) {
  Random random(2);
  int covered = 0;
  constexpr int trials = 4000;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> scores;
    for (int i = 0; i < 30; ++i) scores.push_back(std::abs(random.normal()));
    if (std::abs(random.normal()) <= conformal_quantile(scores, 0.9)) ++covered;
  }
  EXPECT_NEAR(covered / double{trials}, 28.0 / 31, 0.02);  // rank 28 of 31; four standard errors
}

}  // namespace
}  // namespace forecost::numeric
