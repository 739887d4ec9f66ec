// SPDX-License-Identifier: Apache-2.0
// Marginal likelihood: Rasmussen and Williams 2006, equations 5.8 and 5.9, over pairs of rows.
#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

#include "forecost/numeric/box_descent.h"
#include "forecost/numeric/matern_curve.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/surrogate.h"

namespace forecost::search {
namespace {

constexpr Eigen::Index first_rows = 48;
constexpr double length_deviation = 1.2;
constexpr double signal_deviation = 1.5;
constexpr double noise_deviation = 3.0;

struct Prior {
  Eigen::VectorXd centre;
  Eigen::VectorXd deviation;
  Eigen::VectorXd low;
  Eigen::VectorXd high;
};

Prior prior_of(Eigen::Index groups) {
  Prior prior{.centre = Eigen::VectorXd(groups + 2),
              .deviation = Eigen::VectorXd(groups + 2),
              .low = Eigen::VectorXd(groups + 2),
              .high = Eigen::VectorXd(groups + 2)};
  const double length = 0.5 * std::sqrt(static_cast<double>(std::max<Eigen::Index>(1, groups)));
  prior.centre << Eigen::VectorXd::Constant(groups, std::log(length)), 0.0, std::log(1e-5);
  prior.deviation << Eigen::VectorXd::Constant(groups, length_deviation), signal_deviation, noise_deviation;
  prior.low << Eigen::VectorXd::Constant(groups, std::log(0.01)), std::log(0.02), std::log(1e-7);
  prior.high << Eigen::VectorXd::Constant(groups, std::log(50.0)), std::log(1000.0), 0.0;
  return prior;
}

/// The negative log posterior of a shape, given rows whose pairs are laid out once.
class Evidence {
 public:
  Evidence(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, std::span<const Eigen::Index> groups,
           const Prior& prior)
      : y_(y), prior_(prior) {
    const Eigen::Index n = x.rows();
    pairs_ = Eigen::MatrixXd::Zero(n * (n - 1) / 2, prior.centre.size() - 2);
    Eigen::Index at = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      const Eigen::Index below = n - j - 1;
      for (Eigen::Index c = 0; c < x.cols(); ++c) {
        pairs_.col(groups[static_cast<std::size_t>(c)]).segment(at, below).array() +=
            (x.col(c).tail(below).array() - x(j, c)).square();
      }
      at += below;
    }
    value_.resize(at);
    slope_.resize(at);
  }

  numeric::Slope operator()(const Eigen::VectorXd& theta) {
    const Eigen::Index groups = pairs_.cols();
    const Eigen::Index n = y_.size();
    const double signal = std::exp(theta(groups));
    const double noise = std::exp(theta(groups + 1));
    const Eigen::VectorXd weight = (-2 * theta.head(groups).array()).exp();
    value_.noalias() = pairs_ * weight;
    numeric::matern_curve({value_.data(), static_cast<std::size_t>(value_.size())},
                          {value_.data(), static_cast<std::size_t>(value_.size())},
                          {slope_.data(), static_cast<std::size_t>(slope_.size())});
    Eigen::MatrixXd covariance(n, n);
    Eigen::Index at = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      const Eigen::Index below = n - j - 1;
      covariance(j, j) = signal + Surrogate::level + noise;
      covariance.col(j).tail(below).array() = signal * value_.segment(at, below).array() + Surrogate::level;
      at += below;
    }
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> root(covariance);
    numeric::Slope result{.value = std::numeric_limits<double>::infinity(),
                          .gradient = Eigen::VectorXd::Zero(groups + 2)};
    if (root.info() != Eigen::Success) return result;
    Eigen::MatrixXd inverse_root = Eigen::MatrixXd::Identity(n, n);
    root.matrixL().solveInPlace(inverse_root);
    const Eigen::VectorXd white = inverse_root.triangularView<Eigen::Lower>() * y_;
    const Eigen::VectorXd alpha = inverse_root.transpose().triangularView<Eigen::Upper>() * white;
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(n, n);
    inverse.selfadjointView<Eigen::Lower>().rankUpdate(inverse_root.transpose());
    double log_root = 0;
    for (Eigen::Index j = 0; j < n; ++j) log_root -= std::log(inverse_root(j, j));
    result.value = 0.5 * white.squaredNorm() + log_root;

    at = 0;
    double by_signal = 0;
    double trace = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      const Eigen::Index below = n - j - 1;
      auto sensitivity = (alpha(j) * alpha.tail(below) - inverse.col(j).tail(below)).array();
      by_signal += (sensitivity * value_.segment(at, below).array()).sum();
      slope_.segment(at, below).array() *= sensitivity;
      trace += alpha(j) * alpha(j) - inverse(j, j);
      at += below;
    }
    result.gradient.head(groups) = -signal * (pairs_.transpose() * slope_).cwiseProduct(weight);
    result.gradient(groups) = -signal * (by_signal + 0.5 * trace);
    result.gradient(groups + 1) = -0.5 * noise * trace;
    const Eigen::VectorXd off = (theta - prior_.centre).cwiseQuotient(prior_.deviation);
    result.value += 0.5 * off.squaredNorm();
    result.gradient += off.cwiseQuotient(prior_.deviation);
    return result;
  }

 private:
  const Eigen::VectorXd& y_;
  const Prior& prior_;
  Eigen::MatrixXd pairs_;  ///< squared differences: pairs by groups
  Eigen::VectorXd value_;
  Eigen::VectorXd slope_;
};

struct Part {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
};

/// Rows at even distances, the last one among them.
Part part_of(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, Eigen::Index rows) {
  if (x.rows() <= rows) return {x, y};
  Part part{Eigen::MatrixXd(rows, x.cols()), Eigen::VectorXd(rows)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    const Eigen::Index from = (i + 1) * x.rows() / rows - 1;
    part.x.row(i) = x.row(from);
    part.y(i) = y(from);
  }
  return part;
}

numeric::Minimum descend(const Part& part, std::span<const Eigen::Index> groups, const Prior& prior,
                         const Eigen::VectorXd& start, int evaluations) {
  Evidence evidence(part.x, part.y, groups, prior);
  return numeric::minimise_in_box([&](const Eigen::VectorXd& theta) { return evidence(theta); }, start,
                                  {.low = prior.low,
                                   .high = prior.high,
                                   .evaluations = evaluations,
                                   .first_step = 0.5,
                                   .tolerance = 1e-2});
}

}  // namespace

KernelShape fit_shape(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                      std::span<const Eigen::Index> groups, const ShapeFit& options) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0, "one value for each row");
  Eigen::Index count = 0;
  for (const Eigen::Index group : groups) count = std::max(count, group + 1);
  const Prior prior = prior_of(count);
  Eigen::VectorXd smooth = prior.centre;
  smooth(count) = std::log(2.0);
  Eigen::VectorXd rough = prior.centre;
  rough.head(count).array() += std::log(0.5);
  rough(count + 1) = std::log(1e-2);

  const auto shape_at = [count](const Eigen::VectorXd& at) {
    return KernelShape{.log_length = at.head(count), .log_signal = at(count), .log_noise = at(count + 1)};
  };
  if (options.start) {
    Eigen::VectorXd start(count + 2);
    start << options.start->log_length, options.start->log_signal, options.start->log_noise;
    start = start.cwiseMax(prior.low).cwiseMin(prior.high);
    return shape_at(descend(part_of(x, y, options.most_rows), groups, prior, start, options.evaluations).at);
  }
  const Part first = part_of(x, y, std::min(first_rows, options.most_rows));
  auto best = descend(first, groups, prior, smooth, options.evaluations / 2);
  const auto other = descend(first, groups, prior, rough, options.evaluations / 2);
  if (other.value < best.value) best = other;
  if (x.rows() > first.x.rows())
    best = descend(part_of(x, y, options.most_rows), groups, prior, best.at, options.evaluations / 3);
  return shape_at(best.at);
}

}  // namespace forecost::search
