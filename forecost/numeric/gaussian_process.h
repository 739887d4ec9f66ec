// SPDX-License-Identifier: Apache-2.0
/// Gaussian process regression with a Matern-5/2 kernel, one length scale per column (Rasmussen and Williams
/// 2006).
///
///   k(a, b) = signal^2 (1 + s + s^2 / 3) exp(-s),   s = sqrt(5) |(a - b) / length|
///
/// Prior mean 0: far from the data the prediction returns to 0.
#pragma once

#include <cstdint>
#include <span>

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

#include "forecost/numeric/matern_sums.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

/// Hyper-parameters, as logarithms.
struct MaternShape {
  Eigen::VectorXd log_length;
  double log_signal = 0;
  double log_noise = -2;
};

/// Log marginal likelihood of `y` and its gradient in (log_length..., log_signal, log_noise). O(rows^3).
struct Likelihood {
  double value = 0;
  Eigen::VectorXd gradient;
};
Likelihood log_marginal_likelihood(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                                   const MaternShape& shape);

struct TuningOptions {
  int points = 200;  ///< at most this many rows, drawn by seed
  int iterations = 40;
  double min_noise = 0.01;
  std::uint64_t seed = 1;
};

/// Maximises the likelihood plus a weak normal prior on the logarithms, by L-BFGS with backtracking.
/// Columns should have unit spread. O(iterations * points^3).
MaternShape tune_matern(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                        const TuningOptions& options = {});

/// Posterior given all rows, carried by at most `inducing` of them (subset of regressors with the rows picked
/// by pivoted Cholesky); exact when all rows are picked. O(rows * inducing^2).
class GaussianProcess {
 public:
  GaussianProcess() = default;
  /// Row i is measured with noise deviation exp(log_noise) / sqrt(weight_i); weights have mean near 1.
  GaussianProcess(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& weight,
                  const MaternShape& shape, int inducing);

  /// Means of rows given as columns: `points` is columns x rows, single precision for speed. O(rows *
  /// inducing).
  Eigen::VectorXf mean(const Eigen::MatrixXf& points) const;
  /// `points` divided by the lengths, once for many evaluations.
  Eigen::MatrixXf divided(const Eigen::MatrixXf& points) const;
  /// Means of divided points. No allocation.
  void mean_of_divided(const Eigen::MatrixXf& points, std::span<float> means) const;
  /// Variance of the noise-free value at one point. O(inducing^2).
  double variance(const Eigen::VectorXd& point) const;

  bool empty() const { return weights_.size() == 0; }
  const MaternShape& shape() const { return shape_; }

  /// Keeps what `mean` needs; `variance` of a loaded process is the prior's.
  nlohmann::json save() const;
  static Result<GaussianProcess> load(const nlohmann::json& saved, std::size_t columns);

 private:
  void settle();

  MaternShape shape_;
  Eigen::MatrixXd inducing_;  ///< columns x inducing, divided by length
  Eigen::VectorXd weights_;
  Eigen::MatrixXd reduction_;  ///< variance falls by k' R k
  MaternSums sums_;
  Eigen::VectorXf fast_inverse_length_;
};

}  // namespace forecost::numeric
