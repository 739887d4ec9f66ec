// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/numeric/lasso.h"
#include "forecost/numeric/random.h"

namespace forecost::numeric {
namespace {

struct Problem {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
};

Problem problem(Eigen::Index rows) {
  Random random(4);
  Problem p{Eigen::MatrixXd(rows, 4), Eigen::VectorXd(rows)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < 4; ++j) p.x(i, j) = random.uniform();
    p.y(i) = 2 + 3 * p.x(i, 0) - p.x(i, 2) + 0.05 * random.normal();
  }
  return p;
}

TEST(LassoWeights, EqualWeightsChangeNothing) {
  const Problem p = problem(60);
  const SparseFit plain = lasso(p.x, p.y);
  const SparseFit weighted = lasso(p.x, p.y, {.weights = Eigen::VectorXd::Constant(60, 7.0)});
  EXPECT_NEAR(plain.intercept, weighted.intercept, 1e-9);
  EXPECT_LT((plain.coefficients - weighted.coefficients).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(LassoWeights, AWeightOfTwoIsTheRowTwice) {
  const Problem p = problem(20);
  Problem twice{Eigen::MatrixXd(40, 4), Eigen::VectorXd(40)};
  twice.x << p.x, p.x;
  twice.y << p.y, p.y;
  Eigen::VectorXd weights = Eigen::VectorXd::Ones(20);
  weights.head(10).setConstant(2);
  Problem some{Eigen::MatrixXd(30, 4), Eigen::VectorXd(30)};
  some.x << p.x, p.x.topRows(10);
  some.y << p.y, p.y.head(10);
  const SparseFit weighted = lasso_at(p.x, p.y, 0.01, {.tolerance = 1e-10, .weights = weights});
  const SparseFit repeated = lasso_at(some.x, some.y, 0.01, {.tolerance = 1e-10});
  EXPECT_NEAR(weighted.intercept, repeated.intercept, 1e-7);
  EXPECT_LT((weighted.coefficients - repeated.coefficients).cwiseAbs().maxCoeff(), 1e-7);
}

TEST(LassoWeights, AHeavyRowIsMetBetterThanALightOne) {
  Problem p{Eigen::MatrixXd::Zero(2, 1), Eigen::VectorXd(2)};
  p.y << 1, 3;
  Eigen::VectorXd weights(2);
  weights << 3, 1;
  EXPECT_DOUBLE_EQ(lasso_at(p.x, p.y, 0.1, {.weights = weights}).intercept, 1.5);  // (3 * 1 + 1 * 3) / 4
}

TEST(LassoAt, ReachesAlongAPathWhatThePenaltyOfACrossValidatedFitGives) {
  const Problem p = problem(80);
  const SparseFit chosen = lasso(p.x, p.y, {.tolerance = 1e-10});
  const SparseFit again = lasso_at(p.x, p.y, chosen.penalty, {.tolerance = 1e-10});
  EXPECT_LT((chosen.coefficients - again.coefficients).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_EQ(again.penalty, chosen.penalty);
}

}  // namespace
}  // namespace forecost::numeric
