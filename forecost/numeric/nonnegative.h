// SPDX-License-Identifier: Apache-2.0
/// Least squares with coefficients that may not be negative.
#pragma once

#include <Eigen/Core>

namespace forecost::numeric {

/// argmin ||A x - b||^2 subject to x >= 0: active set method of Lawson and Hanson 1974, chapter 23.
/// Columns are scaled to unit length first, so that units do not matter; a column of zeros gets 0.
/// `ridge` adds ridge * ||scaled x||^2. O(iterations * columns^3 + rows * columns^2).
Eigen::VectorXd nonnegative_least_squares(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                          double ridge = 0);

/// argmin sum_i weight_i loss((A x - b)_i), x >= 0. The loss is Huber's with bound 1.345 robust deviations
/// (at least 0.001345), by reweighting until it settles.
Eigen::VectorXd robust_nonnegative_fit(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                       const Eigen::VectorXd& weight, double ridge = 0);

/// The same of errors relative to b, which is positive: argmin sum_i weight_i loss((A x)_i / b_i - 1).
Eigen::VectorXd relative_nonnegative_fit(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                         const Eigen::VectorXd& weight, double ridge = 0);

}  // namespace forecost::numeric
