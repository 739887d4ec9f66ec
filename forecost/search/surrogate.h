// SPDX-License-Identifier: Apache-2.0
/// A Gaussian process over embedded designs, exact, for hundreds of trials.
///
///   k(a, b) = signal (1 + s + s^2 / 3) exp(-s) + level,   s^2 = 5 sum_columns ((a - b) / length_group)^2
///
/// Matern-5/2 with one length scale per parameter (Rasmussen and Williams 2006) and an unknown constant mean
/// of variance `level`. Values are standardised by the caller. Columns in [0, 1] may be warped first, so that
/// a function that changes faster at one end looks alike everywhere (Snoek et al. 2014, with the distribution
/// of Kumaraswamy 1980):
///
///   u -> 1 - (1 - u^a)^b
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "forecost/numeric/random.h"

namespace forecost::search {

/// Hyper-parameters as logarithms; signal and noise are variances.
struct KernelShape {
  Eigen::VectorXd log_length;  ///< per group
  double log_signal = 0;
  double log_noise = -10;
  Eigen::VectorXd log_a;  ///< per column, 0 and 0: not warped; empty: no column is
  Eigen::VectorXd log_b;
};

struct Posterior {
  double mean = 0;
  double variance = 0;  ///< of the function, without noise; > 0
};

struct PosteriorSlope {
  Posterior at;
  Eigen::VectorXd mean;      ///< derivative by column
  Eigen::VectorXd variance;  ///< derivative by column
};

class Surrogate {
 public:
  static constexpr double level = 1.0;

  Surrogate() = default;
  /// `x`: one row per trial; `groups`: the length scale of each column. Raises the noise tenfold until the
  /// covariance factors. O(rows^3).
  Surrogate(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, std::span<const Eigen::Index> groups,
            KernelShape shape);

  /// Adds trials whose value is not known yet, at the posterior mean and some deviations: at none the mean
  /// stays, the variance falls. O(rows^2) each.
  void believe(const Eigen::MatrixXd& points, double deviations = 0);

  /// O(rows^2).
  Posterior at(const Eigen::VectorXd& point) const;
  PosteriorSlope slope_at(const Eigen::VectorXd& point) const;
  /// One posterior per row of `points`. O(points * rows^2), several times faster than one by one.
  std::vector<Posterior> at_each(const Eigen::MatrixXd& points) const;

  /// One function drawn from the posterior, at each row of `points`: a function of the prior made of random
  /// Fourier features (Rahimi and Recht 2007; the frequencies of Matern-5/2 are Student t with five degrees
  /// of freedom), pulled to the trials by Matheron's rule (Wilson et al. 2020). O(points * (features +
  /// rows)).
  Eigen::VectorXd drawn(const Eigen::MatrixXd& points, numeric::Random& random,
                        Eigen::Index features = 256) const;

  /// Posterior means at the trials the surrogate was made of, given their values. O(rows).
  Eigen::VectorXd smoothed(const Eigen::VectorXd& y) const { return y - noise_ * alpha_.head(y.size()); }

  Eigen::Index rows() const { return alpha_.size(); }
  const KernelShape& shape() const { return shape_; }

 private:
  struct Row {
    Eigen::VectorXd scaled;
    Eigen::VectorXd covariance;
    Eigen::VectorXd slope;
  };
  Row row_at(const Eigen::VectorXd& point) const;
  /// Warped and divided by length scales.
  Eigen::MatrixXd scaled(const Eigen::MatrixXd& points) const;
  /// Rows by points, which are given in length scales.
  Eigen::MatrixXd covariance_with(const Eigen::MatrixXd& scaled) const;
  double prior() const { return signal_ + level; }

  KernelShape shape_;
  double signal_ = 1;
  double noise_ = 1e-5;
  Eigen::VectorXd inverse_length_;  ///< per column
  Eigen::MatrixXd x_;               ///< scaled
  Eigen::MatrixXd inverse_root_;    ///< lower triangular: the inverse of the Cholesky factor
  Eigen::VectorXd white_;           ///< inverse_root_ * y
  Eigen::VectorXd alpha_;
};

struct ShapeFit {
  int evaluations = 40;
  std::optional<KernelShape> start;  ///< one start instead of two, all evaluations from there; keeps its warp
  Eigen::Index most_rows = 160;      ///< evenly picked
  std::vector<Eigen::Index> warped{};  ///< columns in [0, 1], each the only one of its group
};

/// Maximises the marginal likelihood times weak priors: log length ~ N(log(0.5 sqrt(groups)), 1.2^2), log
/// signal ~ N(0, 1.5^2), log noise ~ N(log 1e-5, 3^2) in [log 1e-7, 0], log a and log b ~ N(0, 0.5^2). Two
/// starts on a part of the rows, the better one refined, warps with it; or the start given. A pure function
/// of its arguments. O(evaluations * rows^3).
KernelShape fit_shape(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                      std::span<const Eigen::Index> groups, const ShapeFit& options = {});

}  // namespace forecost::search
