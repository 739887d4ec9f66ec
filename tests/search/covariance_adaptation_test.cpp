// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/covariance_adaptation.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace forecost::search {
namespace {

/// Generations until the mean's value is below `goal`, at most `most`.
template <typename Function>
int generations_to(const Function& function, double goal, int most, Eigen::Index dimensions) {
  CovarianceAdaptation search(Eigen::VectorXd::Constant(dimensions, 3.0), 2.0,
                              CovarianceAdaptation::usual_population(dimensions));
  numeric::Random random(1);
  for (int generation = 0; generation < most; ++generation) {
    if (function(search.mean()) < goal) return generation;
    std::vector<CovarianceAdaptation::Point> points;
    for (int i = 0; i < search.population(); ++i)
      points.push_back({.at = search.drawn(random), .spread = Eigen::VectorXd::Zero(dimensions)});
    std::sort(points.begin(), points.end(),
              [&](const auto& a, const auto& b) { return function(a.at) < function(b.at); });
    search.learn(points);
  }
  return most;
}

TEST(CovarianceAdaptation, UsualPopulationsAreThoseOfTheTutorial) {
  EXPECT_EQ(CovarianceAdaptation::usual_population(2), 6);
  EXPECT_EQ(CovarianceAdaptation::usual_population(10), 10);
  EXPECT_EQ(CovarianceAdaptation::usual_population(40), 15);
}

TEST(CovarianceAdaptation, WeightsAreThoseOfTheTutorial) {
  // Six points: ln 3.5 - ln i for the best three, over their sum 1.96650
  const CovarianceAdaptation search(Eigen::VectorXd::Zero(2), 1, 6);
  EXPECT_NEAR(search.weights()(0), 1.252763 / 1.966529, 1e-5);
  EXPECT_NEAR(search.weights()(1), 0.559616 / 1.966529, 1e-5);
  EXPECT_NEAR(search.weights().head(3).sum(), 1, 1e-12);
  EXPECT_LT(search.weights()(5), search.weights()(4));
  EXPECT_LT(search.weights()(3), 0);
}

// Hansen's own implementation needs some 1800 evaluations for the sphere and 6000 for the ellipsoid in ten
// dimensions from a comparable start to 1e-9; the bounds leave half as much again.
TEST(CovarianceAdaptation, FindsTheMinimumOfASphere) {
  EXPECT_LT(10 * generations_to([](const Eigen::VectorXd& x) { return x.squaredNorm(); }, 1e-9, 1000, 10),
            2700);
}

TEST(CovarianceAdaptation, LearnsTheAxesOfAnEllipsoidOfConditionAMillion) {
  const auto ellipsoid = [](const Eigen::VectorXd& x) {
    double sum = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i)
      sum += std::pow(1e6, static_cast<double>(i) / static_cast<double>(x.size() - 1)) * x(i) * x(i);
    return sum;
  };
  EXPECT_LT(10 * generations_to(ellipsoid, 1e-9, 2000, 10), 9000);
}

TEST(CovarianceAdaptation, AFarPointFromElsewhereMovesTheMeanByABoundedStep) {
  CovarianceAdaptation search(Eigen::VectorXd::Zero(4), 0.1, 8);
  std::vector<CovarianceAdaptation::Point> points(
      8, {.at = Eigen::VectorXd::Constant(4, 1000.0), .spread = Eigen::VectorXd::Zero(4)});
  search.learn(points);
  EXPECT_LT(search.mean().norm(), 0.1 * (2 + 8.0 / 6) + 1e-9);  // step (sqrt n + 2 n / (n + 2))
  EXPECT_TRUE(std::isfinite(search.condition()));
}

TEST(CovarianceAdaptation, WhatIsNotKnownOfAPointKeepsItsSpread) {
  // The second coordinate is never known: its variance stays, that of the first follows the points.
  CovarianceAdaptation search(Eigen::VectorXd::Zero(2), 1.0, 8);
  numeric::Random random(5);
  for (int generation = 0; generation < 20; ++generation) {
    std::vector<CovarianceAdaptation::Point> points;
    for (int i = 0; i < 8; ++i) {
      const Eigen::VectorXd deviation = search.deviation();
      Eigen::VectorXd at = search.drawn(random);
      at(1) = search.mean()(1);
      points.push_back({.at = at, .spread = Eigen::Vector2d(0, deviation(1) * deviation(1))});
    }
    std::sort(points.begin(), points.end(),
              [](const auto& a, const auto& b) { return std::abs(a.at(0)) < std::abs(b.at(0)); });
    search.learn(points);
  }
  EXPECT_GT(search.deviation()(1), 3 * search.deviation()(0));
}

}  // namespace
}  // namespace forecost::search
