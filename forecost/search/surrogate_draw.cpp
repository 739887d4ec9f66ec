// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "forecost/numeric/matern_curve.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/surrogate.h"

namespace forecost::search {
namespace {

constexpr int degrees_of_freedom = 5;

/// sum_i (a_i cos(frequency_i x) + b_i sin(frequency_i x)) + c: a draw from the prior.
class PriorDraw {
 public:
  PriorDraw(Eigen::Index columns, Eigen::Index features, double signal, numeric::Random& random)
      : frequency_(columns, features), cosine_(features), sine_(features) {
    for (Eigen::Index i = 0; i < features; ++i) {
      double squares = 0;
      for (int k = 0; k < degrees_of_freedom; ++k) {
        const double z = random.normal();
        squares += z * z;
      }
      const double stretch = std::sqrt(degrees_of_freedom / squares);
      for (Eigen::Index c = 0; c < columns; ++c) frequency_(c, i) = stretch * random.normal();
    }
    const double size = std::sqrt(signal / static_cast<double>(features));
    for (double& weight : cosine_) weight = size * random.normal();
    for (double& weight : sine_) weight = size * random.normal();
    constant_ = std::sqrt(Surrogate::level) * random.normal();
  }

  /// `scaled`: one point per row, in length scales.
  Eigen::VectorXd operator()(const Eigen::MatrixXd& scaled) const {
    const Eigen::MatrixXd phase = scaled * frequency_;
    return (phase.array().cos().matrix() * cosine_ + phase.array().sin().matrix() * sine_).array() +
           constant_;
  }

 private:
  Eigen::MatrixXd frequency_;
  Eigen::VectorXd cosine_;
  Eigen::VectorXd sine_;
  double constant_ = 0;
};

}  // namespace

Eigen::VectorXd Surrogate::drawn(const Eigen::MatrixXd& points, numeric::Random& random,
                                 Eigen::Index features) const {
  FORECOST_EXPECTS(points.cols() == x_.cols(), "points have the columns of the trials");
  const PriorDraw prior(x_.cols(), features, signal_, random);
  Eigen::VectorXd noisy = prior(x_);
  for (double& value : noisy) value += std::sqrt(noise_) * random.normal();
  const Eigen::VectorXd white = white_ - inverse_root_.triangularView<Eigen::Lower>() * noisy;
  const Eigen::VectorXd pull = inverse_root_.transpose().triangularView<Eigen::Upper>() * white;
  const Eigen::MatrixXd places = scaled(points);
  return prior(places) + covariance_with(places).transpose() * pull;
}

}  // namespace forecost::search
