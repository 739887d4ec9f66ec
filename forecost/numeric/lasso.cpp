// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/lasso.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

/// The problem in standardised columns, reduced to its covariances.
struct Standardised {
  Eigen::RowVectorXd centre;
  Eigen::RowVectorXd scale;  ///< 0 for constant columns
  double middle = 0;
  double spread = 0;
  Eigen::MatrixXd gram;    ///< X'X / rows
  Eigen::VectorXd target;  ///< X'y / rows
};

/// Weights that sum up to 1.
Eigen::VectorXd shares_of(const Eigen::VectorXd& weights, Eigen::Index rows) {
  if (weights.size() == 0) return Eigen::VectorXd::Constant(rows, 1 / static_cast<double>(rows));
  return weights / weights.sum();
}

Standardised standardise(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& share) {
  Standardised s;
  s.centre = share.transpose() * x;
  Eigen::MatrixXd z = x.rowwise() - s.centre;
  s.scale = (share.transpose() * z.cwiseAbs2()).cwiseSqrt();
  for (Eigen::Index j = 0; j < z.cols(); ++j) {
    if (s.scale(j) <= 1e-12 * std::max(1.0, std::abs(s.centre(j)))) s.scale(j) = 0;
    z.col(j) *= s.scale(j) > 0 ? 1 / s.scale(j) : 0.0;
  }
  s.middle = share.dot(y);
  const Eigen::VectorXd residual = y.array() - s.middle;
  s.spread = std::sqrt(share.dot(residual.cwiseAbs2()));
  const Eigen::MatrixXd weighted = share.asDiagonal() * z;
  s.gram = z.transpose() * weighted;
  s.target = weighted.transpose() * residual;
  return s;
}

/// Coordinate descent from `b`, with sweeps over the active columns between full ones.
void descend(const Standardised& s, double penalty, const LassoOptions& options, Eigen::VectorXd& b,
             Eigen::VectorXd& gradient) {
  const auto update = [&](Eigen::Index j) {
    const double curvature = s.gram(j, j);
    if (curvature <= 0) return 0.0;
    const double pull = gradient(j) + curvature * b(j);
    const double next = std::copysign(std::max(0.0, std::abs(pull) - penalty), pull) / curvature;
    const double change = next - b(j);
    if (change != 0) {
      gradient -= change * s.gram.col(j);
      b(j) = next;
    }
    return std::abs(change);
  };
  const double enough = options.tolerance * std::max(s.spread, 1e-300);
  for (int sweep = 0; sweep < options.sweeps; ++sweep) {
    double largest = 0;
    for (Eigen::Index j = 0; j < b.size(); ++j) largest = std::max(largest, update(j));
    if (largest < enough) return;
    for (; sweep < options.sweeps; ++sweep) {
      largest = 0;
      for (Eigen::Index j = 0; j < b.size(); ++j) {
        if (b(j) != 0) largest = std::max(largest, update(j));
      }
      if (largest < enough) break;
    }
  }
}

SparseFit unscale(const Standardised& s, const Eigen::VectorXd& b, double penalty) {
  SparseFit fit{.intercept = s.middle, .coefficients = Eigen::VectorXd::Zero(b.size()), .penalty = penalty};
  for (Eigen::Index j = 0; j < b.size(); ++j) {
    if (b(j) == 0) continue;
    fit.coefficients(j) = b(j) / s.scale(j);
    fit.intercept -= fit.coefficients(j) * s.centre(j);
  }
  return fit;
}

std::vector<double> penalty_path(double largest, const LassoOptions& options) {
  std::vector<double> path;
  for (int i = 0; i < options.penalties; ++i) {
    const double share = options.penalties > 1 ? static_cast<double>(i) / (options.penalties - 1) : 0.0;
    path.push_back(largest * std::pow(options.penalty_ratio, share));
  }
  return path;
}

std::vector<SparseFit> fits_along(const Standardised& s, const std::vector<double>& path,
                                  const LassoOptions& options) {
  std::vector<SparseFit> fits;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(s.target.size());
  Eigen::VectorXd gradient = s.target;
  for (double penalty : path) {
    descend(s, penalty, options, b, gradient);
    fits.push_back(unscale(s, b, penalty));
  }
  return fits;
}

}  // namespace

SparseFit lasso_at(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, double penalty,
                   const LassoOptions& options) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0, "one value for each of at least one row");
  FORECOST_EXPECTS(options.weights.size() == 0 || options.weights.size() == y.size(), "one weight per row");
  const Standardised s = standardise(x, y, shares_of(options.weights, x.rows()));
  const double largest = s.target.size() > 0 ? s.target.cwiseAbs().maxCoeff() : 0;
  std::vector<double> path{penalty};
  if (penalty > 0 && penalty < largest) {
    constexpr int steps = 20;
    path.clear();
    for (int i = 0; i <= steps; ++i)
      path.push_back(largest * std::pow(penalty / largest, static_cast<double>(i) / steps));
  }
  SparseFit fit = fits_along(s, path, options).back();
  fit.penalty = penalty;
  return fit;
}

SparseFit lasso(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const LassoOptions& options) {
  FORECOST_EXPECTS(x.rows() == y.size() && x.rows() > 0, "one value for each of at least one row");
  FORECOST_EXPECTS(options.weights.size() == 0 || options.weights.size() == y.size(), "one weight per row");
  const Eigen::VectorXd share = shares_of(options.weights, x.rows());
  const Standardised whole = standardise(x, y, share);
  const double largest = whole.target.size() > 0 ? whole.target.cwiseAbs().maxCoeff() : 0;
  if (!(largest > 0)) return unscale(whole, Eigen::VectorXd::Zero(x.cols()), 0);
  const std::vector<double> path = penalty_path(largest, options);
  const std::vector<SparseFit> fits = fits_along(whole, path, options);
  const int folds = std::min<int>(options.folds, static_cast<int>(x.rows()));
  if (folds < 2) return fits.front();

  std::vector<Eigen::Index> order(static_cast<std::size_t>(x.rows()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  Random(options.seed).shuffle(order);
  std::vector<double> error(path.size(), 0.0);
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<Eigen::Index> inside;
    std::vector<Eigen::Index> outside;
    for (std::size_t i = 0; i < order.size(); ++i) {
      (static_cast<int>(i % static_cast<std::size_t>(folds)) == fold ? outside : inside).push_back(order[i]);
    }
    Eigen::MatrixXd training(static_cast<Eigen::Index>(inside.size()), x.cols());
    Eigen::VectorXd values(training.rows());
    Eigen::VectorXd weights(training.rows());
    for (Eigen::Index i = 0; i < training.rows(); ++i) {
      const Eigen::Index row = inside[static_cast<std::size_t>(i)];
      training.row(i) = x.row(row);
      values(i) = y(row);
      weights(i) = share(row);
    }
    const std::vector<SparseFit> parts =
        fits_along(standardise(training, values, shares_of(weights, training.rows())), path, options);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (Eigen::Index i : outside) {
        const double gap = y(i) - parts[p].predict(x.row(i).transpose());
        error[p] += share(i) * gap * gap;
      }
    }
  }
  return fits[static_cast<std::size_t>(std::min_element(error.begin(), error.end()) - error.begin())];
}

}  // namespace forecost::numeric
