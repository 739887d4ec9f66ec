// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/matern_curve.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "forecost/numeric/random.h"

namespace forecost::numeric {
namespace {

TEST(MaternCurve, IsTheFormulaToFourteenDigits) {
  Random random(1);
  std::vector<double> squared(1001);
  for (double& q : squared) q = random.log_uniform(1e-16, 1e4);
  squared[0] = 0;
  std::vector<double> value(squared.size());
  std::vector<double> slope(squared.size());
  matern_curve(squared, value, slope);
  for (std::size_t i = 0; i < squared.size(); ++i) {
    const double s = std::sqrt(5 * squared[i]);
    EXPECT_NEAR(value[i] / ((1 + s + s * s / 3) * std::exp(-s)), 1, 1e-13);
    EXPECT_NEAR(slope[i] / (5.0 / 3 * (1 + s) * std::exp(-s)), 1, 1e-13);
  }
}

TEST(MaternCurve, EndsAtZeroAndNotInNonsense) {
  std::vector<double> squared = {1e300, 1e6};
  std::vector<double> slope(2);
  matern_curve(squared, squared, slope);
  for (const double value : squared) EXPECT_LT(value, 1e-290);
  for (const double value : squared) EXPECT_GE(value, 0);
}

}  // namespace
}  // namespace forecost::numeric
