// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/lasso.h"
#include "forecost/numeric/nonnegative.h"
#include "forecost/numeric/random.h"

namespace forecost::numeric {
namespace {

Eigen::MatrixXd random_matrix(Random& random, Eigen::Index rows, Eigen::Index columns) {
  Eigen::MatrixXd m(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) m(i, j) = random.normal();
  }
  return m;
}

TEST(NonnegativeLeastSquares, HandComputedCaseWithOneColumnShutOut) {
  // Unconstrained solution (1.5, -0.5); with x2 = 0 the best x1 is a1.b / a1.a = 3 / 3.
  Eigen::MatrixXd a(3, 2);
  a << 1, 0, 1, 1, 1, 2;
  Eigen::VectorXd b(3);
  b << 1.5, 1.0, 0.5;
  const Eigen::VectorXd x = nonnegative_least_squares(a, b);
  EXPECT_NEAR(x(0), 1.0, 1e-9);
  EXPECT_EQ(x(1), 0);
}

TEST(NonnegativeLeastSquares, MeetsTheConditionsOfAnOptimum) {
  rc::check([](std::uint64_t seed) {
    Random random(seed);
    const auto columns = static_cast<Eigen::Index>(random.integer(1, 8));
    const Eigen::MatrixXd a = random_matrix(random, columns + 12, columns);
    const Eigen::VectorXd b = random_matrix(random, columns + 12, 1);
    const Eigen::VectorXd x = nonnegative_least_squares(a, b);
    const Eigen::VectorXd gradient = a.transpose() * (b - a * x);
    for (Eigen::Index j = 0; j < columns; ++j) {
      RC_ASSERT(x(j) >= 0);
      RC_ASSERT(gradient(j) < 1e-6);                            // no column could still help
      RC_ASSERT(x(j) < 1e-12 || std::abs(gradient(j)) < 1e-6);  // used columns are settled
    }
  });
}

TEST(RelativeFit, RecoversCoefficientsOverFiveMagnitudesDespiteWildRows) {
  Random random(8);
  Eigen::MatrixXd a(300, 3);
  Eigen::VectorXd b(300);
  for (Eigen::Index i = 0; i < 300; ++i) {
    a.row(i) << random.log_uniform(1e-6, 1e-1), random.log_uniform(1e-6, 1e-2), 1e-6;
    b(i) = (2.0 * a(i, 0) + 0.5 * a(i, 1) + 3.0 * a(i, 2)) * std::exp(0.02 * random.normal());
    if (i % 20 == 0) b(i) *= 4;
  }
  const Eigen::VectorXd x = relative_nonnegative_fit(a, b, Eigen::VectorXd::Ones(300));
  EXPECT_NEAR(x(0), 2.0, 0.03);
  EXPECT_NEAR(x(1), 0.5, 0.03);
  EXPECT_NEAR(x(2), 3.0, 0.3);
}

TEST(Lasso, OnOrthogonalColumnsItIsTheSoftThreshold) {
  // Columns of +-1 with X'X / rows = 1 and X'y / rows = (2, 0.5, 0): coefficients shrink by the penalty.
  Eigen::MatrixXd x(4, 3);
  x << 1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1;
  const Eigen::VectorXd y = 2 * x.col(0) + 0.5 * x.col(1) + Eigen::VectorXd::Constant(4, 7);
  const SparseFit fit = lasso_at(x, y, 0.7, {.tolerance = 1e-12});
  EXPECT_NEAR(fit.coefficients(0), 1.3, 1e-9);
  EXPECT_EQ(fit.coefficients(1), 0);
  EXPECT_NEAR(fit.intercept, 7, 1e-9);
  EXPECT_EQ(fit.size(), 2);
}

TEST(Lasso, CrossValidationFindsTheColumnsThatMatter) {
  Random random(9);
  const Eigen::MatrixXd x = random_matrix(random, 200, 30);
  Eigen::VectorXd y = 3 * x.col(4) - 2 * x.col(17);
  for (Eigen::Index i = 0; i < y.size(); ++i) y(i) += 0.1 * random.normal();
  const SparseFit fit = lasso(x, y);
  for (Eigen::Index j = 0; j < 30; ++j) {
    const double wanted = j == 4 ? 3.0 : j == 17 ? -2.0 : 0.0;
    EXPECT_NEAR(fit.coefficients(j), wanted, 0.1);
  }
}

TEST(Lasso, ConstantColumnsAndConstantTargetsGetNoCoefficient) {
  Eigen::MatrixXd x = Eigen::MatrixXd::Constant(12, 2, 5);
  for (Eigen::Index i = 0; i < 12; ++i) x(i, 1) = static_cast<double>(i);
  EXPECT_EQ(lasso(x, x.col(1)).coefficients(0), 0);
  EXPECT_EQ(lasso(x, Eigen::VectorXd::Constant(12, 3)).predict(x.row(0).transpose()), 3);
}

}  // namespace
}  // namespace forecost::numeric
