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
#include "forecost/search/warp.h"

namespace forecost::search {
namespace {

constexpr Eigen::Index first_rows = 48;
constexpr double length_deviation = 1.2;
constexpr double signal_deviation = 1.5;
constexpr double noise_deviation = 3.0;
constexpr double warp_deviation = 0.5;
constexpr double most_warp = 1.5;
constexpr Eigen::Index fewest_rows_to_warp = 12;

/// Logarithms of lengths, signal, noise; then of a and b of each warped column.
struct Prior {
  Eigen::VectorXd centre;
  Eigen::VectorXd deviation;
  Eigen::VectorXd low;
  Eigen::VectorXd high;
};

Prior prior_of(Eigen::Index groups, Eigen::Index warps) {
  const Eigen::Index size = groups + 2 + 2 * warps;
  Prior prior{.centre = Eigen::VectorXd(size),
              .deviation = Eigen::VectorXd(size),
              .low = Eigen::VectorXd(size),
              .high = Eigen::VectorXd(size)};
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(2 * warps);
  const double length = 0.5 * std::sqrt(static_cast<double>(std::max<Eigen::Index>(1, groups)));
  prior.centre << Eigen::VectorXd::Constant(groups, std::log(length)), 0.0, std::log(1e-5), 0 * ones;
  prior.deviation << Eigen::VectorXd::Constant(groups, length_deviation), signal_deviation, noise_deviation,
      warp_deviation * ones;
  prior.low << Eigen::VectorXd::Constant(groups, std::log(0.01)), std::log(0.02), std::log(1e-7),
      -most_warp * ones;
  prior.high << Eigen::VectorXd::Constant(groups, std::log(50.0)), std::log(1000.0), 0.0, most_warp * ones;
  return prior;
}

/// The negative log posterior of a shape, given rows whose pairs are laid out once, those of warped columns
/// at each evaluation.
class Evidence {
 public:
  Evidence(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, std::span<const Eigen::Index> groups,
           const Prior& prior, std::span<const Eigen::Index> warped)
      : x_(x), y_(y), groups_(groups), prior_(prior), warped_(warped) {
    const Eigen::Index n = x.rows();
    pairs_ = Eigen::MatrixXd::Zero(n * (n - 1) / 2,
                                   prior.centre.size() - 2 - 2 * static_cast<Eigen::Index>(warped.size()));
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
    if (!warped_.empty()) warp(theta.tail(2 * static_cast<Eigen::Index>(warped_.size())));
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
                          .gradient = Eigen::VectorXd::Zero(theta.size())};
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
    for (std::size_t k = 0; k < warped_.size(); ++k) {
      const Eigen::Index at_warp = groups + 2 + 2 * static_cast<Eigen::Index>(k);
      result.gradient.segment(at_warp, 2) = signal * weight(group_of(k)) * by_warp(k);
    }
    const Eigen::VectorXd off = (theta - prior_.centre).cwiseQuotient(prior_.deviation);
    result.value += 0.5 * off.squaredNorm();
    result.gradient += off.cwiseQuotient(prior_.deviation);
    return result;
  }

 private:
  Eigen::Index group_of(std::size_t k) const { return groups_[static_cast<std::size_t>(warped_[k])]; }

  /// Lays out the pairs of warped columns anew; `logs`: log a and log b of each.
  void warp(const Eigen::VectorXd& logs) {
    const Eigen::Index n = x_.rows();
    places_.assign(warped_.size(), Eigen::MatrixXd(n, 3));
    for (std::size_t k = 0; k < warped_.size(); ++k) {
      const auto place = 2 * static_cast<Eigen::Index>(k);
      for (Eigen::Index i = 0; i < n; ++i) {
        const Warped w = warped(x_(i, warped_[k]), logs(place), logs(place + 1));
        places_[k].row(i) << w.value, w.by_log_a, w.by_log_b;
      }
      Eigen::Index at = 0;
      for (Eigen::Index j = 0; j < n; ++j) {
        const Eigen::Index below = n - j - 1;
        pairs_.col(group_of(k)).segment(at, below) =
            (places_[k].col(0).tail(below).array() - places_[k](j, 0)).square();
        at += below;
      }
    }
  }

  /// sum over pairs of slope (x_i - x_j) (x_i' - x_j'), with x' the derivatives by log a and log b.
  Eigen::Vector2d by_warp(std::size_t k) const {
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    const Eigen::Index n = x_.rows();
    Eigen::Index at = 0;
    for (Eigen::Index j = 0; j < n; ++j) {
      const Eigen::Index below = n - j - 1;
      const auto gap = (places_[k].bottomRows(below).rowwise() - places_[k].row(j)).eval();
      const Eigen::VectorXd pull = gap.col(0).cwiseProduct(slope_.segment(at, below));
      sum += gap.rightCols(2).transpose() * pull;
      at += below;
    }
    return sum;
  }

  const Eigen::MatrixXd& x_;
  const Eigen::VectorXd& y_;
  std::span<const Eigen::Index> groups_;
  const Prior& prior_;
  std::span<const Eigen::Index> warped_;
  std::vector<Eigen::MatrixXd> places_;  ///< per warped column: value, derivatives by log a and log b
  Eigen::MatrixXd pairs_;                ///< squared differences: pairs by groups
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

struct Grouping {
  std::span<const Eigen::Index> groups;  ///< of each column
  std::span<const Eigen::Index> warped;  ///< columns
};

numeric::Minimum descend(const Part& part, const Grouping& grouping, const Prior& prior,
                         const Eigen::VectorXd& start, int evaluations) {
  Evidence evidence(part.x, part.y, grouping.groups, prior, grouping.warped);
  return numeric::minimise_in_box([&](const Eigen::VectorXd& theta) { return evidence(theta); }, start,
                                  {.low = prior.low,
                                   .high = prior.high,
                                   .evaluations = evaluations,
                                   .first_step = 0.5,
                                   .tolerance = 1e-2});
}

/// From a shape without warps.
KernelShape warped_shape(const Part& part, const Grouping& grouping, const Eigen::VectorXd& from,
                         int evaluations) {
  const auto warps = static_cast<Eigen::Index>(grouping.warped.size());
  const Eigen::Index groups = from.size() - 2;
  Eigen::VectorXd start = Eigen::VectorXd::Zero(from.size() + 2 * warps);
  start.head(from.size()) = from;
  const Eigen::VectorXd at = descend(part, grouping, prior_of(groups, warps), start, evaluations).at;
  KernelShape shape{.log_length = at.head(groups),
                    .log_signal = at(groups),
                    .log_noise = at(groups + 1),
                    .log_a = Eigen::VectorXd::Zero(part.x.cols()),
                    .log_b = Eigen::VectorXd::Zero(part.x.cols())};
  for (Eigen::Index k = 0; k < warps; ++k) {
    const Eigen::Index column = grouping.warped[static_cast<std::size_t>(k)];
    shape.log_a(column) = at(from.size() + 2 * k);
    shape.log_b(column) = at(from.size() + 2 * k + 1);
  }
  return shape;
}

}  // namespace

KernelShape fit_shape(const Eigen::MatrixXd& x, const Eigen::VectorXd& y,
                      std::span<const Eigen::Index> groups, const ShapeFit& options) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0, "one value for each row");
  Eigen::Index count = 0;
  for (const Eigen::Index group : groups) count = std::max(count, group + 1);
  const Prior prior = prior_of(count, 0);
  const Grouping plain{.groups = groups, .warped = {}};
  const auto shape_at = [count](const Eigen::VectorXd& at) {
    return KernelShape{.log_length = at.head(count),
                       .log_signal = at(count),
                       .log_noise = at(count + 1),
                       .log_a = {},
                       .log_b = {}};
  };
  if (options.start) {
    Eigen::VectorXd start(count + 2);
    start << options.start->log_length, options.start->log_signal, options.start->log_noise;
    start = start.cwiseMax(prior.low).cwiseMin(prior.high);
    Part part = part_of(x, y, options.most_rows);
    for (Eigen::Index c = 0; c < options.start->log_a.size(); ++c) {
      for (double& u : part.x.col(c)) u = warped(u, options.start->log_a(c), options.start->log_b(c)).value;
    }
    KernelShape shape = shape_at(descend(part, plain, prior, start, options.evaluations).at);
    shape.log_a = options.start->log_a;
    shape.log_b = options.start->log_b;
    return shape;
  }
  Eigen::VectorXd smooth = prior.centre;
  smooth(count) = std::log(2.0);
  Eigen::VectorXd rough = prior.centre;
  rough.head(count).array() += std::log(0.5);
  rough(count + 1) = std::log(1e-2);
  const Part first = part_of(x, y, std::min(first_rows, options.most_rows));
  auto best = descend(first, plain, prior, smooth, options.evaluations / 2);
  const auto other = descend(first, plain, prior, rough, options.evaluations / 2);
  if (other.value < best.value) best = other;
  if (!options.warped.empty() && x.rows() >= fewest_rows_to_warp)
    return warped_shape(part_of(x, y, options.most_rows), {.groups = groups, .warped = options.warped},
                        best.at, options.evaluations / 2);
  if (x.rows() > first.x.rows())
    best = descend(part_of(x, y, options.most_rows), plain, prior, best.at, options.evaluations / 3);
  return shape_at(best.at);
}

}  // namespace forecost::search
