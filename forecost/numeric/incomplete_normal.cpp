// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/incomplete_normal.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Cholesky>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

std::vector<int> seen_columns(const Eigen::MatrixXd& rows, Eigen::Index row) {
  std::vector<int> seen;
  for (Eigen::Index j = 0; j < rows.cols(); ++j) {
    if (!std::isnan(rows(row, j))) seen.push_back(static_cast<int>(j));
  }
  return seen;
}

Eigen::VectorXd column_means(const Eigen::MatrixXd& rows) {
  Eigen::VectorXd mean(rows.cols());
  for (Eigen::Index j = 0; j < rows.cols(); ++j) {
    double sum = 0;
    int count = 0;
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      if (std::isnan(rows(i, j))) continue;
      sum += rows(i, j);
      ++count;
    }
    FORECOST_EXPECTS(count > 0, "every column needs a number");
    mean(j) = sum / count;
  }
  return mean;
}

/// What the numbers seen say of all columns.
struct Conditional {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

Conditional condition(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance, double noise,
                      std::span<const int> columns, const Eigen::VectorXd& numbers) {
  if (columns.empty()) return {mean, covariance};
  const auto count = static_cast<Eigen::Index>(columns.size());
  Eigen::MatrixXd inner(count, count);
  Eigen::MatrixXd cross(mean.size(), count);
  Eigen::VectorXd gap(count);
  for (Eigen::Index a = 0; a < count; ++a) {
    const int i = columns[static_cast<std::size_t>(a)];
    gap(a) = numbers(a) - mean(i);
    cross.col(a) = covariance.col(i);
    for (Eigen::Index b = 0; b < count; ++b)
      inner(a, b) = covariance(i, columns[static_cast<std::size_t>(b)]);
    inner(a, a) += noise * noise;
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(inner);
  return {mean + cross * factor.solve(gap), covariance - cross * factor.solve(cross.transpose())};
}

}  // namespace

IncompleteNormal::IncompleteNormal(Eigen::VectorXd mean, Eigen::MatrixXd covariance, double noise)
    : mean_(std::move(mean)), covariance_(std::move(covariance)), noise_(noise) {
  FORECOST_EXPECTS(covariance_.rows() == mean_.size() && covariance_.cols() == mean_.size(),
                   "a covariance has a row and a column for every mean");
}

IncompleteNormal IncompleteNormal::fit(const Eigen::MatrixXd& rows, const IncompleteOptions& options) {
  const Eigen::Index columns = rows.cols();
  const Eigen::MatrixXd own = options.own * options.own * Eigen::MatrixXd::Identity(columns, columns);
  Eigen::VectorXd mean = column_means(rows);
  Eigen::MatrixXd covariance = own + Eigen::MatrixXd::Ones(columns, columns);
  std::vector<std::vector<int>> seen;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) seen.push_back(seen_columns(rows, i));
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    Eigen::MatrixXd filled(rows.rows(), columns);
    Eigen::MatrixXd doubt = Eigen::MatrixXd::Zero(columns, columns);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
      const std::vector<int>& known = seen[static_cast<std::size_t>(i)];
      Eigen::VectorXd numbers(static_cast<Eigen::Index>(known.size()));
      for (std::size_t j = 0; j < known.size(); ++j)
        numbers(static_cast<Eigen::Index>(j)) = rows(i, known[j]);
      const Conditional row = condition(mean, covariance, options.noise, known, numbers);
      filled.row(i) = row.mean.transpose();
      doubt += row.covariance;
    }
    mean = filled.colwise().mean().transpose();
    const Eigen::MatrixXd gaps = filled.rowwise() - mean.transpose();
    const double together = gaps.rowwise().mean().squaredNorm() / static_cast<double>(rows.rows());
    const Eigen::MatrixXd prior = own + together * Eigen::MatrixXd::Ones(columns, columns);
    covariance = (gaps.transpose() * gaps + doubt + options.prior_rows * prior) /
                 (static_cast<double>(rows.rows()) + options.prior_rows);
  }
  return {std::move(mean), std::move(covariance), options.noise};
}

Belief IncompleteNormal::given(std::span<const int> columns, const Eigen::VectorXd& numbers) const {
  FORECOST_EXPECTS(static_cast<Eigen::Index>(columns.size()) == numbers.size(), "one number a column");
  Conditional all = condition(mean_, covariance_, noise_, columns, numbers);
  return {.mean = std::move(all.mean),
          .deviation = (all.covariance.diagonal().array().max(0.0) + noise_ * noise_).sqrt()};
}

std::vector<int> IncompleteNormal::most_telling(int count, std::span<const int> offered) const {
  const auto width = static_cast<Eigen::Index>(offered.size());
  Eigen::MatrixXd left(width, width);
  for (Eigen::Index a = 0; a < width; ++a) {
    for (Eigen::Index b = 0; b < width; ++b)
      left(a, b) = covariance_(offered[static_cast<std::size_t>(a)], offered[static_cast<std::size_t>(b)]);
  }
  std::vector<int> picked;
  std::vector<bool> taken(offered.size(), false);
  for (int round = 0; round < std::min(count, static_cast<int>(width)); ++round) {
    Eigen::Index best = -1;
    double most = -1;
    for (Eigen::Index a = 0; a < width; ++a) {
      if (taken[static_cast<std::size_t>(a)]) continue;
      const double gain = left.col(a).squaredNorm() / (left(a, a) + noise_ * noise_);
      if (gain > most) {
        most = gain;
        best = a;
      }
    }
    taken[static_cast<std::size_t>(best)] = true;
    picked.push_back(offered[static_cast<std::size_t>(best)]);
    const Eigen::VectorXd column = left.col(best);
    left -= column * column.transpose() / (left(best, best) + noise_ * noise_);
  }
  return picked;
}

}  // namespace forecost::numeric
