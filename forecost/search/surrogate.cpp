// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/surrogate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

#include "forecost/numeric/matern_curve.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/warp.h"

namespace forecost::search {
namespace {

constexpr double least_variance = 1e-12;
constexpr int most_raises = 8;

std::span<double> span_of(Eigen::VectorXd& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}
std::span<double> span_of(Eigen::MatrixXd& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// Squared distances of every row of `x` from every row of `points`; rows(x) by rows(points).
Eigen::MatrixXd squared_distances(const Eigen::MatrixXd& x, const Eigen::MatrixXd& points) {
  Eigen::MatrixXd squared = Eigen::MatrixXd::Zero(x.rows(), points.rows());
  for (Eigen::Index j = 0; j < points.rows(); ++j) {
    auto column = squared.col(j).array();
    for (Eigen::Index c = 0; c < x.cols(); ++c) column += (x.col(c).array() - points(j, c)).square();
  }
  return squared;
}

}  // namespace

Surrogate::Surrogate(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, std::span<const Eigen::Index> groups,
                     KernelShape shape)
    : shape_(std::move(shape)), signal_(std::exp(shape_.log_signal)), noise_(std::exp(shape_.log_noise)) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0, "one value for each row");
  FORECOST_EXPECTS(x.cols() == static_cast<Eigen::Index>(groups.size()), "one group for each column");
  inverse_length_.resize(x.cols());
  for (Eigen::Index c = 0; c < x.cols(); ++c)
    inverse_length_(c) = std::exp(-shape_.log_length(groups[static_cast<std::size_t>(c)]));
  x_ = scaled(x);
  Eigen::MatrixXd covariance = squared_distances(x_, x_);
  Eigen::MatrixXd slope(covariance.rows(), covariance.cols());
  numeric::matern_curve(span_of(covariance), span_of(covariance), span_of(slope));
  covariance.array() = signal_ * covariance.array() + level;
  Eigen::LLT<Eigen::MatrixXd> root;
  for (int raise = 0; raise <= most_raises; ++raise) {
    Eigen::MatrixXd noisy = covariance;
    noisy.diagonal().array() += noise_;
    root.compute(noisy);
    if (root.info() == Eigen::Success) break;
    noise_ = std::max(noise_, 1e-8 * prior()) * 10;
  }
  inverse_root_ = Eigen::MatrixXd::Identity(x.rows(), x.rows());
  root.matrixL().solveInPlace(inverse_root_);
  white_ = inverse_root_.triangularView<Eigen::Lower>() * y;
  alpha_ = inverse_root_.transpose().triangularView<Eigen::Upper>() * white_;
}

Eigen::MatrixXd Surrogate::scaled(const Eigen::MatrixXd& points) const {
  if (shape_.log_a.size() == 0) return points * inverse_length_.asDiagonal();
  Eigen::MatrixXd result(points.rows(), points.cols());
  for (Eigen::Index c = 0; c < points.cols(); ++c) {
    for (Eigen::Index i = 0; i < points.rows(); ++i)
      result(i, c) = warped(points(i, c), shape_.log_a(c), shape_.log_b(c)).value * inverse_length_(c);
  }
  return result;
}

Surrogate::Row Surrogate::row_at(const Eigen::VectorXd& point) const {
  Row row{.scaled = scaled(point.transpose()).transpose(),
          .covariance = Eigen::VectorXd::Zero(x_.rows()),
          .slope = Eigen::VectorXd(x_.rows())};
  for (Eigen::Index c = 0; c < x_.cols(); ++c)
    row.covariance.array() += (x_.col(c).array() - row.scaled(c)).square();
  numeric::matern_curve(span_of(row.covariance), span_of(row.covariance), span_of(row.slope));
  row.covariance.array() = signal_ * row.covariance.array() + level;
  return row;
}

Eigen::MatrixXd Surrogate::covariance_with(const Eigen::MatrixXd& scaled) const {
  Eigen::MatrixXd covariance = squared_distances(x_, scaled);
  Eigen::MatrixXd slope(covariance.rows(), covariance.cols());
  numeric::matern_curve(span_of(covariance), span_of(covariance), span_of(slope));
  covariance.array() = signal_ * covariance.array() + level;
  return covariance;
}

Posterior Surrogate::at(const Eigen::VectorXd& point) const {
  const Row row = row_at(point);
  const Eigen::VectorXd white = inverse_root_.triangularView<Eigen::Lower>() * row.covariance;
  return {.mean = row.covariance.dot(alpha_),
          .variance = std::max(least_variance * prior(), prior() - white.squaredNorm())};
}

PosteriorSlope Surrogate::slope_at(const Eigen::VectorXd& point) const {
  const Row row = row_at(point);
  const Eigen::VectorXd white = inverse_root_.triangularView<Eigen::Lower>() * row.covariance;
  const Eigen::VectorXd weight = inverse_root_.transpose().triangularView<Eigen::Upper>() * white;
  PosteriorSlope result;
  result.at = {.mean = row.covariance.dot(alpha_),
               .variance = std::max(least_variance * prior(), prior() - white.squaredNorm())};
  // d k_i / d point_c = -signal slope_i (point - x_i)_c / length_c, with both scaled
  const Eigen::VectorXd by_mean = alpha_.cwiseProduct(row.slope);
  const Eigen::VectorXd by_variance = weight.cwiseProduct(row.slope);
  Eigen::VectorXd stretch = inverse_length_;
  for (Eigen::Index c = 0; c < shape_.log_a.size(); ++c)
    stretch(c) *= warped(point(c), shape_.log_a(c), shape_.log_b(c)).by_unit;
  result.mean = (x_.transpose() * by_mean - by_mean.sum() * row.scaled).cwiseProduct(stretch) * signal_;
  result.variance =
      (x_.transpose() * by_variance - by_variance.sum() * row.scaled).cwiseProduct(stretch) * (-2 * signal_);
  return result;
}

std::vector<Posterior> Surrogate::at_each(const Eigen::MatrixXd& points) const {
  const Eigen::MatrixXd covariance = covariance_with(scaled(points));
  const Eigen::VectorXd mean = covariance.transpose() * alpha_;
  const Eigen::MatrixXd white = inverse_root_.triangularView<Eigen::Lower>() * covariance;
  std::vector<Posterior> result(static_cast<std::size_t>(points.rows()));
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    result[static_cast<std::size_t>(i)] = {
        .mean = mean(i),
        .variance = std::max(least_variance * prior(), prior() - white.col(i).squaredNorm())};
  }
  return result;
}

void Surrogate::believe(const Eigen::MatrixXd& points, double deviations) {
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Row row = row_at(points.row(i).transpose());
    const Eigen::Index n = alpha_.size();
    const Eigen::VectorXd left = inverse_root_.triangularView<Eigen::Lower>() * row.covariance;
    const double rest = std::max(prior() + noise_ - left.squaredNorm(), noise_);
    const double pivot = std::sqrt(rest);
    const double value = row.covariance.dot(alpha_) + deviations * pivot;
    const Eigen::VectorXd below =
        (inverse_root_.transpose().triangularView<Eigen::Upper>() * left) * (-1 / pivot);
    x_.conservativeResize(n + 1, Eigen::NoChange);
    x_.row(n) = row.scaled.transpose();
    inverse_root_.conservativeResize(n + 1, n + 1);
    inverse_root_.col(n).setZero();
    inverse_root_.row(n).head(n) = below.transpose();
    inverse_root_(n, n) = 1 / pivot;
    white_.conservativeResize(n + 1);
    white_(n) = (value - left.dot(white_.head(n))) / pivot;
    alpha_ = inverse_root_.transpose().triangularView<Eigen::Upper>() * white_;
  }
}

}  // namespace forecost::search
