// SPDX-License-Identifier: Apache-2.0
// Marginal likelihood: Rasmussen and Williams 2006, equations 5.8 and 5.9.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include <Eigen/Cholesky>

#include "forecost/numeric/gaussian_process.h"
#include "forecost/numeric/random.h"

namespace forecost::numeric {

Likelihood log_marginal_likelihood(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                                   const MaternShape& shape) {
  const Eigen::Index rows = x.rows();
  const Eigen::Index columns = x.cols();
  const double signal = std::exp(2 * shape.log_signal);
  const double noise = std::exp(2 * shape.log_noise);
  const Eigen::MatrixXd scaled = x * (-shape.log_length.array()).exp().matrix().asDiagonal();
  Eigen::MatrixXd squared = -2 * scaled * scaled.transpose();
  squared.colwise() += scaled.rowwise().squaredNorm();
  squared.rowwise() += scaled.rowwise().squaredNorm().transpose();
  const Eigen::ArrayXXd s = (5 * squared.array()).max(0.0).sqrt();
  const Eigen::ArrayXXd decay = (-s).exp();
  const Eigen::MatrixXd smooth = (signal * (1 + s + s.square() / 3) * decay).matrix();
  Eigen::MatrixXd covariance = smooth;
  covariance.diagonal().array() += noise + 1e-10 * signal;

  Likelihood result;
  result.gradient = Eigen::VectorXd::Zero(columns + 2);
  const Eigen::LLT<Eigen::MatrixXd> root(covariance);
  if (root.info() != Eigen::Success) {
    result.value = -1e300;
    return result;
  }
  const Eigen::VectorXd alpha = root.solve(y);
  result.value = -0.5 * y.dot(alpha) - root.matrixLLT().diagonal().array().log().sum() -
                 0.5 * static_cast<double>(rows) * std::log(2 * std::numbers::pi);
  const Eigen::MatrixXd inverse = root.solve(Eigen::MatrixXd::Identity(rows, rows));
  const Eigen::ArrayXXd sensitivity = (alpha * alpha.transpose() - inverse).array();
  // d k / d log length_j = signal^2 (5 / 3) (1 + s) exp(-s) (difference_j / length_j)^2
  const Eigen::MatrixXd pull = (sensitivity * (signal * 5.0 / 3.0) * (1 + s) * decay).matrix();
  const Eigen::VectorXd row_sum = pull.rowwise().sum();
  for (Eigen::Index j = 0; j < columns; ++j) {
    const Eigen::VectorXd column = scaled.col(j);
    result.gradient(j) = row_sum.dot(column.cwiseAbs2()) - column.dot(pull * column);
  }
  result.gradient(columns) = (sensitivity * smooth.array()).sum();
  result.gradient(columns + 1) = noise * sensitivity.matrix().trace();
  return result;
}

namespace {

struct Objective {
  const Eigen::MatrixXd& x;
  const Eigen::VectorXd& y;
  Eigen::VectorXd centre;
  Eigen::VectorXd inverse_variance;

  MaternShape shape(const Eigen::VectorXd& at) const {
    const Eigen::Index columns = x.cols();
    return {.log_length = at.head(columns), .log_signal = at(columns), .log_noise = at(columns + 1)};
  }
  /// Negative log posterior and its gradient.
  Likelihood operator()(const Eigen::VectorXd& at) const {
    Likelihood result = log_marginal_likelihood(x, y, shape(at));
    const Eigen::VectorXd off = at - centre;
    result.value = -result.value + 0.5 * off.cwiseAbs2().dot(inverse_variance);
    result.gradient = -result.gradient + off.cwiseProduct(inverse_variance);
    return result;
  }
};

/// Two-loop recursion of L-BFGS (Nocedal and Wright 2006, algorithm 7.4).
Eigen::VectorXd direction(const Eigen::VectorXd& gradient, const std::vector<Eigen::VectorXd>& steps,
                          const std::vector<Eigen::VectorXd>& changes) {
  Eigen::VectorXd q = -gradient;
  std::vector<double> a(steps.size());
  for (std::size_t i = steps.size(); i-- > 0;) {
    a[i] = steps[i].dot(q) / steps[i].dot(changes[i]);
    q -= a[i] * changes[i];
  }
  if (!steps.empty()) q *= steps.back().dot(changes.back()) / changes.back().squaredNorm();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    q += steps[i] * (a[i] - changes[i].dot(q) / steps[i].dot(changes[i]));
  }
  return q;
}

}  // namespace

MaternShape tune_matern(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const TuningOptions& options) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0 && x.cols() > 0, "tuning needs rows and columns");
  std::vector<Eigen::Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  Random(options.seed).shuffle(order);
  order.resize(std::min(order.size(), static_cast<std::size_t>(options.points)));
  Eigen::MatrixXd part(static_cast<Eigen::Index>(order.size()), x.cols());
  Eigen::VectorXd values(part.rows());
  for (Eigen::Index i = 0; i < part.rows(); ++i) {
    part.row(i) = x.row(order[static_cast<std::size_t>(i)]);
    values(i) = y(order[static_cast<std::size_t>(i)]);
  }
  const Eigen::Index columns = x.cols();

  const double spread = std::max(1e-3, std::sqrt(values.squaredNorm() / static_cast<double>(values.size())));
  Objective objective{part, values, Eigen::VectorXd(columns + 2), Eigen::VectorXd(columns + 2)};
  objective.centre << Eigen::VectorXd::Constant(columns, std::log(3.0)), std::log(spread),
      std::log(0.4 * spread);
  objective.inverse_variance << Eigen::VectorXd::Constant(columns, 1 / 1.5), 1.0, 1.0;

  Eigen::VectorXd at = objective.centre;
  Likelihood here = objective(at);
  std::vector<Eigen::VectorXd> steps;
  std::vector<Eigen::VectorXd> changes;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    Eigen::VectorXd move = direction(here.gradient, steps, changes);
    if (move.dot(here.gradient) >= 0) move = -here.gradient;
    double length = std::min(1.0, 2.0 / std::max(1e-300, move.cwiseAbs().maxCoeff()));
    Likelihood there = objective(at + length * move);
    for (int shorter = 0;
         shorter < 12 && !(there.value <= here.value + 1e-4 * length * move.dot(here.gradient)); ++shorter) {
      length *= 0.5;
      there = objective(at + length * move);
    }
    if (!(there.value < here.value)) break;
    const Eigen::VectorXd step = length * move;
    const Eigen::VectorXd change = there.gradient - here.gradient;
    const double gain = here.value - there.value;
    if (step.dot(change) > 1e-12) {
      steps.push_back(step);
      changes.push_back(change);
      if (steps.size() > 8) {
        steps.erase(steps.begin());
        changes.erase(changes.begin());
      }
    }
    at += step;
    here = there;
    if (gain < 1e-4) break;
  }
  MaternShape best = objective.shape(at);
  best.log_noise = std::max(best.log_noise, std::log(options.min_noise));
  return best;
}

}  // namespace forecost::numeric
