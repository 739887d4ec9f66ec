// SPDX-License-Identifier: Apache-2.0
/// Sparse linear regression: Lasso by coordinate descent, its penalty by cross-validation.
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace forecost::numeric {

/// y = intercept + x . coefficients
struct SparseFit {
  double intercept = 0;
  Eigen::VectorXd coefficients;
  double penalty = 0;

  double predict(const Eigen::VectorXd& row) const { return intercept + coefficients.dot(row); }
  int size() const { return static_cast<int>((coefficients.array() != 0).count()) + 1; }
};

/// Defaults are MATLAB's `lasso(X, y, 'CV', 10)`: standardised columns, 100 penalties down to 1e-4 of the
/// largest.
struct LassoOptions {
  int folds = 10;
  int penalties = 100;
  double penalty_ratio = 1e-4;
  int sweeps = 200;         ///< at most, per penalty
  double tolerance = 1e-4;  ///< of the largest coefficient change, relative to the deviation of y
  std::uint64_t seed = 1;
  Eigen::VectorXd weights = {};  ///< of the rows, > 0, as MATLAB's 'Weights'; empty: all alike
};

/// argmin 1 / (2 sum w) sum_i w_i (y_i - intercept - x_i b)^2 + penalty ||b||_1 on standardised columns,
/// along the path of penalties (Friedman, Hastie and Tibshirani 2010); the penalty of least cross-validated
/// squared error (IndexMinMSE), weighted likewise. Constant columns get 0. O(folds * penalties * sweeps *
/// columns^2) after O(rows * columns^2).
SparseFit lasso(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const LassoOptions& options = {});

/// The same at one penalty, reached along the path that leads to it.
SparseFit lasso_at(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, double penalty,
                   const LassoOptions& options = {});

}  // namespace forecost::numeric
