// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/feasible_points.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

namespace forecost::search {
namespace {

Result<std::vector<Known>> one(double value) {
  return std::vector<Known>{{.value = value}};
}

/// Six reals near (0.1, 0.2, ..., 0.6): a ball that holds one of 10^6 points of the cube.
Problem needle() {
  std::vector<Parameter> parameters;
  for (int i = 0; i < 6; ++i) parameters.push_back({.name = "x" + std::to_string(i)});
  Problem problem;
  problem.space = *Space::make(std::move(parameters));
  problem.limits = {{.metric = "distance", .bound = 0.0761, .known = true}};
  problem.forecast = [](const Design& d) {
    double sum = 0;
    for (std::size_t i = 0; i < d.values.size(); ++i)
      sum += std::pow(d.values[i] - 0.1 * static_cast<double>(i + 1), 2);
    return one(std::sqrt(sum));
  };
  return problem;
}

TEST(FeasiblePoints, FindsABallThatOneInAMillionPointsHits) {
  // pi^3 / 6 r^6 = 1e-6 at r = 0.0761, the volume of a ball in six dimensions.
  const Problem problem = needle();
  numeric::Random random(1);
  const auto points = feasible_points(problem, {}, 30, random);
  ASSERT_EQ(points.size(), 30U);
  for (const Design& design : points) EXPECT_TRUE(problem.allowed(design));
}

TEST(FeasiblePoints, GivesDifferentPointsAndNoneThatWasTried) {
  const Problem problem = needle();
  numeric::Random random(1);
  Tried tried;
  for (int round = 0; round < 3; ++round) {
    const auto points = feasible_points(problem, tried, 10, random);
    ASSERT_EQ(points.size(), 10U);
    for (const Design& design : points) {
      EXPECT_FALSE(tried.contains(design));
      tried.add(design);
    }
  }
}

TEST(FeasiblePoints, SpreadsOverTheAllowedSet) {
  const Problem problem = needle();
  numeric::Random random(4);
  double widest = 0;
  const auto points = feasible_points(problem, {}, 30, random);
  for (const Design& a : points) {
    for (const Design& b : points) widest = std::max(widest, std::abs(a.values[0] - b.values[0]));
  }
  EXPECT_GT(widest, 0.05);  // of a diameter of 0.152
}

TEST(FeasiblePoints, FindsAProductOfIntegersAmongAMillion) {
  Problem problem;
  std::vector<Parameter> parameters;
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    parameters.push_back({.name = name, .kind = Parameter::Kind::integer, .low = 1, .high = 10});
  problem.space = *Space::make(std::move(parameters));
  problem.limits = {{.metric = "product", .bound = 1, .known = true}};
  problem.forecast = [](const Design& d) {
    double product = 1;
    for (const double v : d.values) product *= v;
    return one(product);
  };
  numeric::Random random(2);
  const auto points = feasible_points(problem, {}, 3, random);
  ASSERT_EQ(points.size(), 1U) << "only the design of ones holds the limit";
  EXPECT_EQ(points[0].values, std::vector<double>(6, 1.0));
}

TEST(FeasiblePoints, EnumeratesSmallSpaces) {
  Problem problem;
  problem.space = *Space::make({{.name = "n", .kind = Parameter::Kind::integer, .low = 1, .high = 4000}});
  problem.limits = {{.metric = "off", .bound = 0, .known = true}};
  problem.forecast = [](const Design& d) { return one(d.values[0] == 1234 ? 0 : 1); };
  numeric::Random random(3);
  const auto points = feasible_points(problem, {}, 5, random);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].values[0], 1234);
}

TEST(FeasiblePoints, NamesTheLimitThatNothingHolds) {
  Problem problem = needle();
  problem.limits[0].bound = -1;
  problem.limits[0].unit = "ms";
  numeric::Random random(3);
  const auto none = random_allowed(problem, {}, random);
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().fault, Fault::exhausted);
  EXPECT_EQ(none.error().where, "distance <= -1 ms");
}

}  // namespace
}  // namespace forecost::search
