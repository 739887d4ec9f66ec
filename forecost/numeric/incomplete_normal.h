// SPDX-License-Identifier: Apache-2.0
/// A multivariate normal distribution learned from rows with holes, and what it says of the holes of a new
/// row.
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

namespace forecost::numeric {

struct IncompleteOptions {
  double noise = 0.05;    ///< deviation of every number seen
  double own = 0.2;       ///< deviation of a column of its own that the prior expects
  double prior_rows = 5;  ///< rows that the prior counts for
  int iterations = 60;
};

/// Per column.
struct Belief {
  Eigen::VectorXd mean;
  Eigen::VectorXd deviation;  ///< of a number that would be seen, noise included
};

class IncompleteNormal {
 public:
  IncompleteNormal() = default;
  IncompleteNormal(Eigen::VectorXd mean, Eigen::MatrixXd covariance, double noise);

  /// Mean and covariance by expectation maximisation (Dempster, Laird and Rubin 1977) with a prior of the
  /// inverse Wishart family: all columns rise and fall together, and each by `own` alone. NaN is a hole;
  /// every column needs a number. O(iterations * rows * columns^3).
  static IncompleteNormal fit(const Eigen::MatrixXd& rows, const IncompleteOptions& options = {});

  /// Every column given the numbers of some. O(seen^3 + columns^2).
  Belief given(std::span<const int> columns, const Eigen::VectorXd& numbers) const;

  /// Up to `count` of the columns offered, one after the other: the one whose number would lower the sum of
  /// the offered columns' variances most, given those before it. O(count * offered^2).
  std::vector<int> most_telling(int count, std::span<const int> offered) const;

  const Eigen::VectorXd& mean() const { return mean_; }
  const Eigen::MatrixXd& covariance() const { return covariance_; }
  double noise() const { return noise_; }

 private:
  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_;
  double noise_ = 0.05;
};

}  // namespace forecost::numeric
