// SPDX-License-Identifier: Apache-2.0
// Equation numbers are those of the tutorial.
#include "forecost/search/covariance_adaptation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Eigenvalues>

#include "forecost/outcome/outcome.h"

namespace forecost::search {
namespace {

constexpr double least_variance = 1e-20;

double square(double x) {
  return x * x;
}

}  // namespace

int CovarianceAdaptation::usual_population(Eigen::Index dimensions) {
  return 4 + static_cast<int>(3 * std::log(static_cast<double>(std::max<Eigen::Index>(1, dimensions))));
}

CovarianceAdaptation::CovarianceAdaptation(Eigen::VectorXd mean, double step, int population)
    : mean_(std::move(mean)),
      step_(step),
      population_(population),
      covariance_(Eigen::MatrixXd::Identity(mean_.size(), mean_.size())),
      axes_(covariance_),
      length_(Eigen::VectorXd::Ones(mean_.size())),
      step_path_(Eigen::VectorXd::Zero(mean_.size())),
      shape_path_(Eigen::VectorXd::Zero(mean_.size())),
      weight_(population),
      parents_(population / 2) {
  FORECOST_EXPECTS(population >= 4, "a generation has four points or more");
  const auto n = static_cast<double>(std::max<Eigen::Index>(1, mean_.size()));
  for (int i = 0; i < population; ++i)  // (49)
    weight_(i) = std::log((population + 1) / 2.0) - std::log(i + 1.0);
  const auto best = weight_.head(parents_);
  const auto worst = weight_.tail(population - parents_);
  selected_ = square(best.sum()) / best.squaredNorm();
  const double selected_worst = square(worst.sum()) / worst.squaredNorm();
  step_rate_ = (selected_ + 2) / (n + selected_ + 5);  // (55)
  damping_ = 1 + 2 * std::max(0.0, std::sqrt((selected_ - 1) / (n + 1)) - 1) + step_rate_;
  shape_path_rate_ = (4 + selected_ / n) / (n + 4 + 2 * selected_ / n);  // (56)
  one_rate_ = 2 / (square(n + 1.3) + selected_);                         // (57)
  many_rate_ = std::min(1 - one_rate_,                                   // (58)
                        2 * (0.25 + selected_ + 1 / selected_ - 2) / (square(n + 2) + selected_));
  const double positive = best.sum();
  const double negative = worst.cwiseMin(0).cwiseAbs().sum();
  const double most_negative =
      std::min({1 + one_rate_ / many_rate_,  // (50) to (53)
                1 + 2 * selected_worst / (selected_ + 2), (1 - one_rate_ - many_rate_) / (n * many_rate_)});
  for (double& weight : weight_) weight *= weight >= 0 ? 1 / positive : most_negative / negative;
  usual_length_ = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

Eigen::VectorXd CovarianceAdaptation::drawn(numeric::Random& random) const {
  Eigen::VectorXd z(mean_.size());
  for (double& value : z) value = random.normal();
  return mean_ + step_ * (axes_ * length_.cwiseProduct(z));
}

Eigen::VectorXd CovarianceAdaptation::whitened(const Eigen::VectorXd& y) const {
  return axes_ * (axes_.transpose() * y).cwiseQuotient(length_);
}

void CovarianceAdaptation::learn(const std::vector<Point>& best_first) {
  FORECOST_EXPECTS(best_first.size() == static_cast<std::size_t>(population_), "one whole generation");
  const Eigen::Index size = mean_.size();
  if (size == 0) return;
  const auto n = static_cast<double>(size);
  const double longest = std::sqrt(n) + 2 * n / (n + 2);
  Eigen::MatrixXd steps(size, population_);
  Eigen::VectorXd unknown = Eigen::VectorXd::Zero(size);
  Eigen::VectorXd weight = weight_;
  for (int i = 0; i < population_; ++i) {
    const Point& point = best_first[static_cast<std::size_t>(i)];
    Eigen::VectorXd y = (point.at - mean_) / step_;
    const double length = whitened(y).norm();
    if (length > longest) y *= longest / length;
    steps.col(i) = y;
    if (weight(i) < 0) weight(i) *= n / std::max(1e-12, square(std::min(length, longest)));  // (46)
    if (weight(i) > 0) unknown += weight(i) * point.spread / square(step_);
  }
  const Eigen::VectorXd shift = steps.leftCols(parents_) * weight_.head(parents_);
  mean_ += step_ * shift;  // (42)
  ++generation_;
  step_path_ = (1 - step_rate_) * step_path_ +  // (43)
               std::sqrt(step_rate_ * (2 - step_rate_) * selected_) * whitened(shift);
  const double length = step_path_.norm();
  const bool moves =
      length / std::sqrt(1 - std::pow(1 - step_rate_, 2 * generation_)) < (1.4 + 2 / (n + 1)) * usual_length_;
  shape_path_ *= 1 - shape_path_rate_;  // (45)
  if (moves) shape_path_ += std::sqrt(shape_path_rate_ * (2 - shape_path_rate_) * selected_) * shift;
  const double stalled = moves ? 0.0 : shape_path_rate_ * (2 - shape_path_rate_);
  covariance_ *= 1 + one_rate_ * stalled - one_rate_ - many_rate_ * weight_.sum();  // (47)
  covariance_ += one_rate_ * shape_path_ * shape_path_.transpose();
  covariance_ += many_rate_ * steps * weight.asDiagonal() * steps.transpose();
  covariance_.diagonal() += many_rate_ * unknown;
  step_ *= std::exp(std::min(1.0, step_rate_ / damping_ * (length / usual_length_ - 1)));  // (44)
  decompose();
}

void CovarianceAdaptation::decompose() {
  covariance_ = 0.5 * (covariance_ + covariance_.transpose()).eval();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance_);
  axes_ = solver.eigenvectors();
  length_ = solver.eigenvalues().cwiseMax(least_variance).cwiseSqrt();
}

double CovarianceAdaptation::condition() const {
  return length_.size() == 0 ? 1.0 : square(length_.maxCoeff() / length_.minCoeff());
}

}  // namespace forecost::search
