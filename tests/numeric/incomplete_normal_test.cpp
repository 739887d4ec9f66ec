// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/incomplete_normal.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/numeric/random.h"

namespace forecost::numeric {
namespace {

TEST(IncompleteNormal, OneNumberMovesItsRelativeByTheRatioOfCovarianceAndVariance) {
  Eigen::MatrixXd covariance(2, 2);
  covariance << 3, 1.5, 1.5, 2;
  const IncompleteNormal normal(Eigen::Vector2d(10, 20), covariance, 1);
  const std::vector<int> columns{0};
  const Belief belief = normal.given(columns, Eigen::VectorXd::Constant(1, 14));
  EXPECT_NEAR(belief.mean(1), 20 + 1.5 / (3 + 1) * (14 - 10), 1e-12);
  EXPECT_NEAR(belief.deviation(1), std::sqrt(2 - 1.5 * 1.5 / 4 + 1), 1e-12);
}

TEST(IncompleteNormal, NothingSeenLeavesTheMeans) {
  const IncompleteNormal normal(Eigen::Vector2d(1, 2), Eigen::Matrix2d::Identity(), 0);
  const Belief belief = normal.given({}, Eigen::VectorXd(0));
  EXPECT_EQ(belief.mean(0), 1);
  EXPECT_EQ(belief.deviation(1), 1);
}

TEST(IncompleteNormal, TheMostTellingColumnIsTheOneThatMovesTheOthers) {
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Identity(4, 4);
  covariance(0, 0) = 1.2;  // alone and loud
  covariance(1, 2) = covariance(2, 1) = covariance(2, 3) = covariance(3, 2) = 0.6;
  const IncompleteNormal normal(Eigen::VectorXd::Zero(4), covariance, 0.1);
  const std::vector<int> offered{0, 1, 2, 3};
  EXPECT_THAT(normal.most_telling(2, offered), testing::ElementsAre(2, 0));
  EXPECT_EQ(normal.most_telling(9, offered).size(), 4U);
}

TEST(IncompleteNormal, HolesOfNewRowsAreFilledFromRowsWithHoles) {
  // Rows are a * (1, 1, 1, 1) + b * (1, -1, 2, 0) + noise of 0.05; a third of them is not seen.
  Random random(3);
  const auto draw = [&random] {
    const double a = random.normal();
    const double b = 0.5 * random.normal();
    Eigen::RowVector4d row(a + b, a - b, a + 2 * b, a);
    for (double& number : row) number += 0.05 * random.normal();
    return row;
  };
  Eigen::MatrixXd rows(200, 4);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    rows.row(i) = draw();
    if (i % 3 != 0) rows(i, (i / 3) % 4) = std::numeric_limits<double>::quiet_NaN();
  }
  const IncompleteNormal normal = IncompleteNormal::fit(rows);
  int inside = 0;
  double squares = 0;
  constexpr int trials = 200;
  for (int i = 0; i < trials; ++i) {
    const Eigen::RowVector4d row = draw();
    const std::vector<int> columns{0, 1};
    const Belief belief = normal.given(columns, Eigen::Vector2d(row(0), row(1)));
    const double error = belief.mean(2) - row(2);
    squares += error * error;
    if (std::abs(error) < 1.645 * belief.deviation(2)) ++inside;
  }
  // The third number is 1.5 first - 0.5 second: noise of 0.05 makes 0.05 sqrt(1 + 1.5^2 + 0.5^2) = 0.094.
  EXPECT_LT(std::sqrt(squares / trials), 0.12);
  EXPECT_GT(inside, trials * 0.8);
}

}  // namespace
}  // namespace forecost::numeric
