// SPDX-License-Identifier: Apache-2.0
/// The normal distribution of CMA-ES and how it learns from ranked points.
#pragma once

#include <vector>

#include <Eigen/Core>

#include "forecost/numeric/random.h"

namespace forecost::search {

/// N(mean, step^2 C) in any number of dimensions, with every constant as in Hansen, "The CMA Evolution
/// Strategy: A Tutorial" (arXiv:1604.00772), negative weights included. Points may come from elsewhere: their
/// Mahalanobis length is cut as in Hansen, "Injecting external solutions into CMA-ES" (arXiv:1110.4181).
class CovarianceAdaptation {
 public:
  /// `population`: points per generation, at least 4.
  CovarianceAdaptation(Eigen::VectorXd mean, double step, int population);

  static int usual_population(Eigen::Index dimensions);

  Eigen::VectorXd drawn(numeric::Random& random) const;

  /// A point of a generation; `spread`: variance by coordinate of what is not known about it.
  struct Point {
    Eigen::VectorXd at;
    Eigen::VectorXd spread;
  };
  /// `best_first`: exactly one population. O(dimensions^3).
  void learn(const std::vector<Point>& best_first);

  const Eigen::VectorXd& mean() const { return mean_; }
  double step() const { return step_; }
  int population() const { return population_; }
  /// Of a draw, by coordinate.
  Eigen::VectorXd deviation() const { return step_ * covariance_.diagonal().cwiseSqrt(); }
  /// Longest over shortest axis, squared.
  double condition() const;
  /// Recombination weights, best first; positive ones sum to 1.
  const Eigen::VectorXd& weights() const { return weight_; }

 private:
  void decompose();
  Eigen::VectorXd whitened(const Eigen::VectorXd& y) const;

  Eigen::VectorXd mean_;
  double step_;
  int population_;
  Eigen::MatrixXd covariance_;
  Eigen::MatrixXd axes_;
  Eigen::VectorXd length_;  ///< of the axes
  Eigen::VectorXd step_path_;
  Eigen::VectorXd shape_path_;
  int generation_ = 0;

  Eigen::VectorXd weight_;
  int parents_ = 0;
  double selected_ = 1;  ///< mu_eff
  double step_rate_ = 0, damping_ = 0, shape_path_rate_ = 0, one_rate_ = 0, many_rate_ = 0;
  double usual_length_ = 1;  ///< E |N(0, I)|
};

}  // namespace forecost::search
