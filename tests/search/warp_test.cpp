// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/warp.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace forecost::search {
namespace {

double between(int low, int high, double unit) {
  return unit * *rc::gen::inRange(low, high);
}

TEST(Warp, IsKumaraswamysDistribution) {
  // a = 2, b = 3: 1 - (1 - 0.25)^3 = 0.578125.
  EXPECT_NEAR(warped(0.5, std::log(2.0), std::log(3.0)).value, 0.578125, 1e-12);
  EXPECT_EQ(warped(0.3, 0, 0).value, 0.3);
  EXPECT_EQ(warped(-0.25, 0, 0).value, -0.25);
}

RC_GTEST_PROP(Warp, KeepsTheOrderAndTheUnitInterval, ()) {
  const double log_a = between(-150, 151, 0.01);
  const double log_b = between(-150, 151, 0.01);
  const double u = between(0, 1000, 0.001);
  const double low = warped(u, log_a, log_b).value;
  const double high = warped(u + 0.001, log_a, log_b).value;
  RC_ASSERT(low >= 0 && high <= 1 && low <= high);
}

RC_GTEST_PROP(Warp, DerivativesAreThoseOfFiniteDifferences, ()) {
  const double log_a = between(-10, 11, 0.1);
  const double log_b = between(-10, 11, 0.1);
  const double u = between(5, 96, 0.01);
  const Warped at = warped(u, log_a, log_b);
  constexpr double step = 1e-6;
  const auto slope = [](const Warped& up, const Warped& down) {
    return (up.value - down.value) / (2 * step);
  };
  // Central differences err by rounding of 1e-16 / step and step^2 times third derivatives below 1e4.
  constexpr double near = 1e-7;
  RC_ASSERT(std::abs(at.by_unit - slope(warped(u + step, log_a, log_b), warped(u - step, log_a, log_b))) <
            near);
  RC_ASSERT(std::abs(at.by_log_a - slope(warped(u, log_a + step, log_b), warped(u, log_a - step, log_b))) <
            near);
  RC_ASSERT(std::abs(at.by_log_b - slope(warped(u, log_a, log_b + step), warped(u, log_a, log_b - step))) <
            near);
}

}  // namespace
}  // namespace forecost::search
