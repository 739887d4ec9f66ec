// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/nonnegative.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Cholesky>

#include "forecost/numeric/statistics.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

Eigen::VectorXd solve_on(const Eigen::MatrixXd& gram, const Eigen::VectorXd& target,
                         const std::vector<int>& free) {
  const auto count = static_cast<Eigen::Index>(free.size());
  Eigen::MatrixXd part(count, count);
  Eigen::VectorXd right(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    right(i) = target(free[static_cast<std::size_t>(i)]);
    for (Eigen::Index j = 0; j < count; ++j) {
      part(i, j) = gram(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
    }
    part(i, i) += 1e-12;
  }
  return part.ldlt().solve(right);
}

}  // namespace

Eigen::VectorXd nonnegative_least_squares(const Eigen::MatrixXd& a, const Eigen::VectorXd& b, double ridge) {
  FORECOST_EXPECTS(a.rows() == b.size(), "one right-hand side for each row");
  const Eigen::Index columns = a.cols();
  Eigen::VectorXd scale = a.colwise().norm();
  for (Eigen::Index j = 0; j < columns; ++j) {
    if (!(scale(j) > 0)) scale(j) = 1;
  }
  const Eigen::MatrixXd scaled = a * scale.cwiseInverse().asDiagonal();
  Eigen::MatrixXd gram = scaled.transpose() * scaled;
  gram.diagonal().array() += ridge;
  const Eigen::VectorXd target = scaled.transpose() * b;
  const double tolerance = 1e-10 * std::max(1e-300, target.cwiseAbs().maxCoeff());

  Eigen::VectorXd x = Eigen::VectorXd::Zero(columns);
  std::vector<int> free;
  std::vector<bool> banned(static_cast<std::size_t>(columns), false);
  for (Eigen::Index round = 0; round < 6 * columns + 6; ++round) {
    const Eigen::VectorXd gradient = target - gram * x;
    int best = -1;
    for (int j = 0; j < columns; ++j) {
      if (banned[static_cast<std::size_t>(j)] || std::find(free.begin(), free.end(), j) != free.end())
        continue;
      if (gradient(j) > tolerance && (best < 0 || gradient(j) > gradient(best))) best = j;
    }
    if (best < 0) break;
    free.push_back(best);
    while (!free.empty()) {
      const Eigen::VectorXd candidate = solve_on(gram, target, free);
      double step = 1;
      for (std::size_t i = 0; i < free.size(); ++i) {
        const double to = candidate(static_cast<Eigen::Index>(i));
        if (to > 0) continue;
        const double from = x(free[i]);
        step = std::min(step, from > to ? from / (from - to) : 0.0);
      }
      for (std::size_t i = 0; i < free.size(); ++i) {
        x(free[i]) += step * (candidate(static_cast<Eigen::Index>(i)) - x(free[i]));
      }
      if (step >= 1) break;
      std::vector<int> kept;
      for (int j : free) {
        if (x(j) > 1e-14) {
          kept.push_back(j);
        } else {
          x(j) = 0;
          if (j == best) banned[static_cast<std::size_t>(j)] = true;
        }
      }
      if (kept.size() == free.size()) break;
      free = std::move(kept);
    }
  }
  return x.cwiseQuotient(scale);
}

Eigen::VectorXd robust_nonnegative_fit(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                       const Eigen::VectorXd& weight, double ridge) {
  FORECOST_EXPECTS(a.rows() == b.size() && a.rows() == weight.size() && a.rows() > 0, "sizes agree");
  const Eigen::VectorXd importance = weight / weight.mean();
  Eigen::VectorXd robust = Eigen::VectorXd::Ones(b.size());
  Eigen::VectorXd x;
  for (int round = 0; round < 6; ++round) {
    const Eigen::VectorXd root = importance.cwiseProduct(robust).cwiseSqrt();
    x = nonnegative_least_squares(root.asDiagonal() * a, root.cwiseProduct(b), ridge);
    const Eigen::VectorXd residual = a * x - b;
    std::vector<double> distances(static_cast<std::size_t>(residual.size()));
    for (Eigen::Index i = 0; i < residual.size(); ++i)
      distances[static_cast<std::size_t>(i)] = std::abs(residual(i));
    const double bound = 1.345 * std::max(1e-3, 1.4826 * median(distances));
    Eigen::VectorXd next(b.size());
    for (Eigen::Index i = 0; i < residual.size(); ++i) {
      next(i) = std::min(1.0, bound / std::max(1e-300, distances[static_cast<std::size_t>(i)]));
    }
    if ((next - robust).cwiseAbs().maxCoeff() < 1e-3) break;
    robust = next;
  }
  return x;
}

Eigen::VectorXd relative_nonnegative_fit(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                         const Eigen::VectorXd& weight, double ridge) {
  FORECOST_EXPECTS((b.array() > 0).all(), "relative errors need positive values");
  return robust_nonnegative_fit(b.cwiseInverse().asDiagonal() * a, Eigen::VectorXd::Ones(b.size()), weight,
                                ridge);
}

}  // namespace forecost::numeric
