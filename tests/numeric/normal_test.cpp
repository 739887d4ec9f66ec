// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/normal.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace forecost::numeric {
namespace {

TEST(Normal, ScaledErfcIsOneAtZeroAndFallsLikeOneOverX) {
  EXPECT_DOUBLE_EQ(scaled_erfc(0), 1);
  // Abramowitz and Stegun, table 7.2: x exp(x^2) erfc(x) at x^-2 = 0.01 is 0.5614206 (times 2 / ...:
  // erfcx(10)).
  EXPECT_NEAR(scaled_erfc(10), 0.05614099274382259, 1e-14);
  EXPECT_NEAR(scaled_erfc(1e8) * 1e8 * std::sqrt(std::acos(-1.0)), 1, 1e-12);
}

TEST(Normal, ScaledErfcIsContinuousWhereTheFormulaChanges) {
  EXPECT_NEAR(scaled_erfc(10 - 1e-9) / scaled_erfc(10 + 1e-9), 1, 1e-9);
}

TEST(Normal, TheLogarithmOfTheDistributionIsThatOfPublishedTails) {
  EXPECT_NEAR(log_normal_cdf(0).value, std::log(0.5), 1e-15);
  EXPECT_NEAR(log_normal_cdf(-10).value, -53.23128515051247, 1e-10);  // SciPy norm.logcdf
  EXPECT_NEAR(log_normal_cdf(-40).value, -804.6084420137538, 1e-8);
  EXPECT_GT(log_normal_cdf(-1e100).slope, 0);
}

TEST(Normal, TheExpectedExcessOfZeroIsTheDensityThere) {
  EXPECT_NEAR(log_expected_excess(0).value, -0.9189385332046727, 1e-14);
  EXPECT_NEAR(log_expected_excess(30).value, std::log(30.0), 1e-12);  // certain: the excess itself
}

TEST(Normal, SlopesAreThoseOfFiniteDifferences) {
  rc::check([] {
    const double z = *rc::gen::inRange(-3000, 600) / 100.0 + 0.005;
    const double step = 1e-5;
    for (auto* function : {&log_normal_cdf, &log_expected_excess}) {
      const double slope = (function(z + step).value - function(z - step).value) / (2 * step);
      const double expected = function(z).slope;
      // The difference of two values near 450 loses ten digits of sixteen.
      RC_ASSERT(std::abs(slope - expected) < 1e-5 * (1 + std::abs(expected)));
    }
  });
}

}  // namespace
}  // namespace forecost::numeric
