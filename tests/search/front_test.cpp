// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/front.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/numeric/random.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

std::vector<Point> random_points(numeric::Random& random, std::size_t count, std::size_t coordinates) {
  std::vector<Point> points(count, Point(coordinates));
  for (Point& point : points) {
    // A grid of 16 values makes ties.
    for (double& value : point) value = static_cast<double>(random.integer(0, 16)) / 16;
  }
  return points;
}

/// Of the boxes above a floor.
double free_volume(const Front& front, double floor) {
  double sum = 0;
  for (const Front::Box& box : front.boxes) {
    double volume = 1;
    for (std::size_t c = 0; c < front.levels.size(); ++c)
      volume *= front.levels[c][box.high[c]] - std::max(floor, front.levels[c][box.low[c]]);
    sum += volume;
  }
  return sum;
}

TEST(Front, TheVolumeOfTwoBoxesIsTheirSumLessTheirOverlap) {
  EXPECT_DOUBLE_EQ(dominated_volume({{0, 1, 1}, {1, 0, 0}}, {2, 2, 2}), 2 * 1 * 1 + 1 * 2 * 2 - 1);
  EXPECT_DOUBLE_EQ(dominated_volume({}, {1, 1}), 0);
  EXPECT_DOUBLE_EQ(dominated_volume({{0.5, 1.5}}, {1, 1}), 0);  // beyond the reference
}

TEST(Front, TheVolumeOfAHypersphereIsApproached) {
  // The quarter disk of radius 1 cut from the unit square: 1 - pi / 4, by 400 points at even angles.
  std::vector<Point> points;
  for (int i = 0; i <= 400; ++i) {
    const double angle = i / 400.0 * std::acos(0.0);
    points.push_back({std::cos(angle), std::sin(angle)});
  }
  EXPECT_NEAR(dominated_volume(points, {1, 1}), 1 - std::acos(-1.0) / 4, 0.002);
}

RC_GTEST_PROP(Front, AgreesWithTheSweepInTwoDimensions, (std::uint64_t seed)) {
  numeric::Random random(seed);
  const auto points = random_points(random, static_cast<std::size_t>(random.integer(0, 30)), 2);
  std::vector<std::pair<double, double>> pairs;
  for (const Point& point : points) pairs.emplace_back(point[0], point[1]);
  RC_ASSERT(std::abs(dominated_volume(points, {0.9, 1.1}) - studies::hypervolume(pairs, {0.9, 1.1})) < 1e-12);
}

RC_GTEST_PROP(Front, FreeAndDominatedVolumeMakeTheWhole, (std::uint64_t seed)) {
  numeric::Random random(seed);
  const auto coordinates = static_cast<std::size_t>(random.integer(1, 5));
  const auto points = random_points(random, static_cast<std::size_t>(random.integer(0, 12)), coordinates);
  const Point reference(coordinates, 0.97);
  const Front front(points, reference);
  const double whole = std::pow(0.97 + 1, static_cast<double>(coordinates));
  RC_ASSERT(std::abs(free_volume(front, -1) + dominated_volume(points, reference) - whole) < 1e-9);
}

TEST(Front, NoTwoBoxesOverlapAndNoneIsDominated) {
  numeric::Random random(3);
  const Front front(random_points(random, 25, 3), {1, 1, 1});
  for (int i = 0; i < 2000; ++i) {
    const Point at = {random.uniform(-0.5, 1), random.uniform(-0.5, 1), random.uniform(-0.5, 1)};
    int holding = 0;
    for (const Front::Box& box : front.boxes) {
      bool inside = true;
      for (std::size_t c = 0; c < 3; ++c)
        inside = inside && at[c] >= front.levels[c][box.low[c]] && at[c] < front.levels[c][box.high[c]];
      holding += inside ? 1 : 0;
    }
    bool dominated = false;
    for (const Point& point : front.points)
      dominated = dominated || (point[0] <= at[0] && point[1] <= at[1] && point[2] <= at[2]);
    EXPECT_EQ(holding, dominated ? 0 : 1);
  }
}

TEST(Front, ThreeCoordinatesNeedAtMostTwiceAsManyBoxesAsPointsAndOne) {
  numeric::Random random(4);
  std::vector<Point> points;
  while (points.size() < 60) {
    const double a = random.normal();
    const double b = random.normal();
    const double c = random.normal();
    const double length = std::sqrt(a * a + b * b + c * c);
    points.push_back({-std::abs(a) / length, -std::abs(b) / length, -std::abs(c) / length});
  }
  const Front front(points, {0.1, 0.1, 0.1});
  ASSERT_EQ(front.points.size(), 60U);
  EXPECT_LE(front.boxes.size(), 2 * 60 + 1);
}

}  // namespace
}  // namespace forecost::search
