// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/box_descent.h"

#include <limits>

#include <gtest/gtest.h>

namespace forecost::numeric {
namespace {

Slope rosenbrock(const Eigen::VectorXd& x) {
  const double a = 1 - x(0);
  const double b = x(1) - x(0) * x(0);
  return {a * a + 100 * b * b, Eigen::Vector2d(-2 * a - 400 * x(0) * b, 200 * b)};
}

BoxDescent box(double low, double high) {
  return {.low = Eigen::Vector2d::Constant(low),
          .high = Eigen::Vector2d::Constant(high),
          .evaluations = 400,
          .first_step = 0.1,
          .tolerance = 0};
}

TEST(BoxDescent, FindsTheMinimumOfRosenbrocksValley) {
  const Minimum found = minimise_in_box(rosenbrock, Eigen::Vector2d(-1.2, 1), box(-2, 2));
  EXPECT_NEAR(found.at(0), 1, 1e-4);
  EXPECT_NEAR(found.at(1), 1, 1e-4);
}

TEST(BoxDescent, StaysInTheBoxAndStopsAtItsEdge) {
  // On x <= 0.5 the least value is at (0.5, 0.25).
  const Minimum found = minimise_in_box(rosenbrock, Eigen::Vector2d(-0.5, 0.5), box(-2, 0.5));
  EXPECT_NEAR(found.at(0), 0.5, 1e-6);
  EXPECT_NEAR(found.at(1), 0.25, 1e-3);
}

TEST(BoxDescent, StepsBackFromWhereTheFunctionDoesNotExist) {
  const auto half_plane = [](const Eigen::VectorXd& x) {
    Slope slope = rosenbrock(x);
    if (x(0) > 0.7) slope.value = std::numeric_limits<double>::infinity();
    return slope;
  };
  const Minimum found = minimise_in_box(half_plane, Eigen::Vector2d(-1.2, 1), box(-2, 2));
  EXPECT_LE(found.at(0), 0.7);
  EXPECT_LT(found.value, 0.3);
}

TEST(BoxDescent, NeverAsksMoreOftenThanAllowed) {
  BoxDescent options = box(-2, 2);
  options.evaluations = 7;
  int asked = 0;
  const Minimum found = minimise_in_box(
      [&](const Eigen::VectorXd& x) {
        ++asked;
        return rosenbrock(x);
      },
      Eigen::Vector2d(-1.2, 1), options);
  EXPECT_EQ(asked, found.evaluations);
  EXPECT_LE(asked, 7);
}

}  // namespace
}  // namespace forecost::numeric
