// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/gaussian_process.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>
#include <nlohmann/json.hpp>

namespace forecost::numeric {
namespace {

double matern(double squared_distance) {
  const double s = std::sqrt(5 * squared_distance);
  return (1 + s + s * s / 3) * std::exp(-s);
}

/// Correlations of the columns of a with those of b, both divided by length.
Eigen::MatrixXd correlations(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  Eigen::MatrixXd result = -2 * a.transpose() * b;
  result.colwise() += a.colwise().squaredNorm().transpose();
  result.rowwise() += b.colwise().squaredNorm();
  return result.unaryExpr([](double d) { return matern(std::max(d, 0.0)); });
}

/// Rows that explain most of the prior's variance, one after the other.
std::vector<Eigen::Index> pivots(const Eigen::MatrixXd& points, Eigen::Index count) {
  const Eigen::Index rows = points.cols();
  std::vector<Eigen::Index> picked;
  Eigen::VectorXd left = Eigen::VectorXd::Ones(rows);
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(rows, std::min(count, rows));
  for (Eigen::Index step = 0; step < factor.cols(); ++step) {
    Eigen::Index best = 0;
    const double variance = left.maxCoeff(&best);
    if (variance < 1e-5) break;
    picked.push_back(best);
    Eigen::VectorXd column = correlations(points, points.col(best));
    column -= factor.leftCols(step) * factor.row(best).head(step).transpose();
    column /= std::sqrt(variance);
    factor.col(step) = column;
    left -= column.cwiseAbs2();
    left(best) = 0;
  }
  return picked;
}

}  // namespace

GaussianProcess::GaussianProcess(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                                 const Eigen::VectorXd& weight, const MaternShape& shape, int inducing)
    : shape_(shape) {
  FORECOST_EXPECTS(x.rows() == y.size() && y.size() == weight.size() && x.rows() > 0, "sizes agree");
  FORECOST_EXPECTS(x.cols() == shape.log_length.size(), "one length per column");
  const Eigen::MatrixXd scaled = (x * (-shape.log_length.array()).exp().matrix().asDiagonal()).transpose();
  const std::vector<Eigen::Index> picked = pivots(scaled, inducing);
  inducing_.resize(scaled.rows(), static_cast<Eigen::Index>(picked.size()));
  for (std::size_t i = 0; i < picked.size(); ++i) {
    inducing_.col(static_cast<Eigen::Index>(i)) = scaled.col(picked[i]);
  }
  const double signal = std::exp(2 * shape.log_signal);
  const double noise = std::exp(2 * shape.log_noise);
  Eigen::MatrixXd prior = signal * correlations(inducing_, inducing_);
  prior.diagonal().array() += 1e-5 * signal;
  const Eigen::MatrixXd cross = signal * correlations(inducing_, scaled);
  const Eigen::LLT<Eigen::MatrixXd> root(prior);
  const Eigen::MatrixXd white = root.matrixL().solve(cross);
  Eigen::MatrixXd inner = white * (weight / noise).asDiagonal() * white.transpose();
  inner.diagonal().array() += 1;
  const Eigen::LLT<Eigen::MatrixXd> posterior(inner);
  weights_ = root.matrixU().solve(posterior.solve(white * (weight / noise).cwiseProduct(y)));
  const auto size = static_cast<Eigen::Index>(picked.size());
  const Eigen::MatrixXd inverse_root = root.matrixL().solve(Eigen::MatrixXd::Identity(size, size));
  reduction_ =
      inverse_root.transpose() *
      (Eigen::MatrixXd::Identity(size, size) - posterior.solve(Eigen::MatrixXd::Identity(size, size))) *
      inverse_root;
  weights_ *= signal;
  settle();
}

void GaussianProcess::settle() {
  const Eigen::MatrixXf centres = inducing_.cast<float>();
  const Eigen::VectorXf weights = weights_.cast<float>();
  sums_ = MaternSums(std::span(centres.data(), static_cast<std::size_t>(centres.size())),
                     std::span(weights.data(), static_cast<std::size_t>(weights.size())),
                     static_cast<std::size_t>(inducing_.rows()));
  fast_inverse_length_ = (-shape_.log_length.array()).exp().matrix().cast<float>();
}

Eigen::MatrixXf GaussianProcess::divided(const Eigen::MatrixXf& points) const {
  if (empty()) return points;
  return fast_inverse_length_.asDiagonal() * points;
}

void GaussianProcess::mean_of_divided(const Eigen::MatrixXf& points, std::span<float> means) const {
  FORECOST_EXPECTS(static_cast<std::size_t>(points.cols()) == means.size(), "one mean for each point");
  if (empty()) {
    std::fill(means.begin(), means.end(), 0.0F);
    return;
  }
  sums_.evaluate(std::span(points.data(), static_cast<std::size_t>(points.size())), means);
}

Eigen::VectorXf GaussianProcess::mean(const Eigen::MatrixXf& points) const {
  Eigen::VectorXf means(points.cols());
  mean_of_divided(divided(points), std::span(means.data(), static_cast<std::size_t>(means.size())));
  return means;
}

double GaussianProcess::variance(const Eigen::VectorXd& point) const {
  const double signal = std::exp(2 * shape_.log_signal);
  if (reduction_.size() == 0) return signal;
  const Eigen::VectorXd scaled = point.cwiseProduct((-shape_.log_length.array()).exp().matrix());
  const Eigen::VectorXd cross = signal * correlations(inducing_, scaled);
  return std::max(0.0, signal - cross.dot(reduction_ * cross));
}

nlohmann::json GaussianProcess::save() const {
  const auto list = [](const double* data, Eigen::Index size) {
    return std::vector<double>(data, data + size);
  };
  return {{"log_length", list(shape_.log_length.data(), shape_.log_length.size())},
          {"log_signal", shape_.log_signal},
          {"log_noise", shape_.log_noise},
          {"inducing", list(inducing_.data(), inducing_.size())},
          {"weights", list(weights_.data(), weights_.size())}};
}

Result<GaussianProcess> GaussianProcess::load(const nlohmann::json& saved, std::size_t columns) {
  GaussianProcess process;
  try {
    const auto lengths = saved.at("log_length").get<std::vector<double>>();
    const auto inducing = saved.at("inducing").get<std::vector<double>>();
    const auto weights = saved.at("weights").get<std::vector<double>>();
    if (lengths.size() != columns || inducing.size() != weights.size() * columns) {
      return Error{Fault::bad_input, "the saved Gaussian process has lists of the wrong length", "",
                   "calibrate again"};
    }
    const auto width = static_cast<Eigen::Index>(columns);
    const auto count = static_cast<Eigen::Index>(weights.size());
    process.shape_.log_length = Eigen::Map<const Eigen::VectorXd>(lengths.data(), width);
    process.shape_.log_signal = saved.at("log_signal").get<double>();
    process.shape_.log_noise = saved.at("log_noise").get<double>();
    process.inducing_ = Eigen::Map<const Eigen::MatrixXd>(inducing.data(), width, count);
    process.weights_ = Eigen::Map<const Eigen::VectorXd>(weights.data(), count);
  } catch (const nlohmann::json::exception& broken) {
    return Error{Fault::bad_input, "the saved Gaussian process is incomplete", broken.what(),
                 "calibrate again"};
  }
  process.settle();
  return process;
}

}  // namespace forecost::numeric
