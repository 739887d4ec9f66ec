// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/beliefs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "forecost/numeric/statistics.h"
#include "forecost/outcome/outcome.h"

namespace forecost::search {
namespace {

struct Standard {
  double mean = 0;
  double deviation = 1;
};

Standard standard_of(const Eigen::VectorXd& values) {
  Standard s;
  s.mean = values.mean();
  const double deviation =
      std::sqrt((values.array() - s.mean).square().sum() / static_cast<double>(values.size()));
  if (deviation > 0 && std::isfinite(deviation)) s.deviation = deviation;
  return s;
}

std::vector<double> first_of(const Eigen::VectorXd& values, Eigen::Index count) {
  const Eigen::Index used = count > 0 ? std::min(count, values.size()) : values.size();
  return {values.data(), values.data() + used};
}

double median_size(const Eigen::VectorXd& values, Eigen::Index count) {
  std::vector<double> sizes = first_of(values, count);
  for (double& size : sizes) size = std::abs(size);
  return numeric::median(std::move(sizes));
}

Eigen::MatrixXd picked(const Eigen::MatrixXd& all, const std::vector<Eigen::Index>& rows) {
  Eigen::MatrixXd part(static_cast<Eigen::Index>(rows.size()), all.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) part.row(static_cast<Eigen::Index>(i)) = all.row(rows[i]);
  return part;
}

bool holds(const Observations& seen, Eigen::Index row) {
  return seen.merit[static_cast<std::size_t>(row)].violation <= 0;
}

std::optional<std::size_t> place_of_known(const Problem& problem, std::size_t objective) {
  if (problem.objectives.size() < 2 || !problem.forecast) return std::nullopt;
  std::size_t place = 0;
  for (const Limit& limit : problem.limits) place += limit.known ? 1 : 0;
  for (const std::size_t known : problem.known_objectives) {
    if (known == objective) return place;
    ++place;
  }
  return std::nullopt;
}

void set_best(Beliefs& beliefs, const Observations& seen, const BeliefRows& rows,
              const Eigen::VectorXd& smooth) {
  double least_feasible = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    if (!holds(seen, rows.rows[i])) continue;
    least_feasible = std::min(least_feasible, smooth(static_cast<Eigen::Index>(i)));
    beliefs.feasible = true;
  }
  beliefs.best = beliefs.feasible ? least_feasible : smooth.minCoeff();
}

/// Objective::worst, or the largest value of an objective in any row and a tenth of a deviation more;
/// standardised.
double worst_of(const Beliefs& beliefs, const Observations& seen, const BeliefRows& rows,
                Eigen::Index objective) {
  const ObjectiveScale& scale = beliefs.objectives[static_cast<std::size_t>(objective)].scale;
  const double told = seen.worst[static_cast<std::size_t>(objective)];
  if (std::isfinite(told)) return scale(told);
  double worst = -std::numeric_limits<double>::infinity();
  for (const Eigen::Index row : rows.rows) {
    worst = std::max(worst, scale(seen.objective(row, objective)));
  }
  return worst + 0.1;
}

/// Posterior means by objective at rows or at pending trials.
using Means = std::vector<Eigen::VectorXd>;

Point point_of(const Means& means, Eigen::Index row) {
  Point point;
  for (const Eigen::VectorXd& mean : means) point.push_back(mean(row));
  return point;
}

/// What the forecast says of a known objective at pending trials, standardised.
Eigen::VectorXd forecast_of(const Problem& problem, const Belief& belief, std::size_t objective,
                            const std::vector<Design>& designs) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(designs.size()));
  for (std::size_t i = 0; i < designs.size(); ++i) {
    const auto forecast = problem.forecast(designs[i]);
    const bool there = forecast.has_value() && *belief.known < forecast->size();
    double value = std::numeric_limits<double>::infinity();
    if (there) value = (*forecast)[*belief.known].value;
    if (there && !problem.objectives[objective].minimise) value = -value;
    values(static_cast<Eigen::Index>(i)) = belief.scale(value);
  }
  return values;
}

void believe_pending(Beliefs& beliefs, const Problem& problem, const Observations& seen,
                     std::vector<Point>& front) {
  Means means;
  std::vector<bool> held(static_cast<std::size_t>(seen.pending.rows()), true);
  for (Belief& limit : beliefs.limits) {
    const auto posteriors = limit.surrogate.at_each(seen.pending);
    for (std::size_t i = 0; i < held.size(); ++i) held[i] = held[i] && posteriors[i].mean <= limit.threshold;
    limit.surrogate.believe(seen.pending, beliefs.feasible ? 0 : 1);
  }
  for (std::size_t o = 0; o < beliefs.objectives.size(); ++o) {
    Belief& belief = beliefs.objectives[o];
    if (belief.known) {
      means.push_back(forecast_of(problem, belief, o, seen.pending_design));
      continue;
    }
    Eigen::VectorXd mean(seen.pending.rows());
    const auto posteriors = belief.surrogate.at_each(seen.pending);
    for (std::size_t i = 0; i < posteriors.size(); ++i)
      mean(static_cast<Eigen::Index>(i)) = posteriors[i].mean;
    means.push_back(std::move(mean));
    belief.surrogate.believe(seen.pending);
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (!held[i] || !beliefs.feasible) continue;
    front.push_back(point_of(means, static_cast<Eigen::Index>(i)));
    beliefs.best = std::min(beliefs.best, front.back().front());
  }
}

}  // namespace

bool dominates(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b) {
  return (a.array() <= b.array()).all() && (a.array() < b.array()).any();
}

ObjectiveScale ObjectiveScale::of(const Eigen::VectorXd& values, Eigen::Index reference) {
  ObjectiveScale scale;
  scale.middle = numeric::quantile(first_of(values, reference), 0.3);
  scale.spread = std::max(0.0, scale.middle - values.minCoeff());
  const Standard s = standard_of(scale(values));
  scale.mean = s.mean;
  scale.deviation = s.deviation;
  return scale;
}

ObjectiveScale ObjectiveScale::within(double worst, const Eigen::VectorXd& values, Eigen::Index reference) {
  const double least = values.minCoeff();
  if (!std::isfinite(worst) || !(least < worst)) return of(values, reference);
  ObjectiveScale scale{.middle = worst, .spread = worst - least};
  const Standard s = standard_of(scale(values));
  scale.mean = s.mean;
  scale.deviation = s.deviation;
  return scale;
}

double ObjectiveScale::operator()(double value) const {
  const double y =
      spread > 0 && value > middle ? middle + spread * std::log1p((value - middle) / spread) : value;
  return (y - mean) / deviation;
}

Eigen::VectorXd ObjectiveScale::operator()(const Eigen::VectorXd& values) const {
  Eigen::VectorXd y = values;
  for (double& value : y) value = (*this)(value);
  return y;
}

StandardLimit standard_limit(const Eigen::VectorXd& violations, Eigen::Index reference) {
  double scale = std::max(median_size(violations, 0), 0.1 * median_size(violations, reference));
  if (!(scale > 0)) scale = std::max(1e-300, violations.cwiseAbs().maxCoeff());
  StandardLimit result{.values = (violations.array() / scale).asinh().matrix(), .threshold = 0};
  const Standard s = standard_of(result.values);
  result.values.array() = (result.values.array() - s.mean) / s.deviation;
  result.threshold = -s.mean / s.deviation;
  return result;
}

std::vector<Eigen::Index> nearest_rows(const Observations& seen, Eigen::Index centre, Eigen::Index count,
                                       Eigen::Index among) {
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(among));
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  if (count >= among) return rows;
  const Eigen::VectorXd distance = (seen.x.rowwise() - seen.x.row(centre)).rowwise().squaredNorm();
  std::stable_sort(rows.begin(), rows.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return distance(a) < distance(b); });
  rows.resize(static_cast<std::size_t>(count));
  std::sort(rows.begin(), rows.end());
  return rows;
}

Quantity standard_quantity(const Observations& seen, const BeliefRows& rows, std::size_t index) {
  Quantity result{.x = picked(seen.x, rows.rows), .y = {}, .threshold = 0, .scale = {}};
  const auto objectives = seen.objective.cols();
  const auto place = static_cast<Eigen::Index>(index);
  if (place < objectives) {
    const Eigen::VectorXd values = picked(seen.objective, rows.rows).col(place);
    const double worst = objectives > 1 ? seen.worst[index] : std::numeric_limits<double>::infinity();
    result.scale = ObjectiveScale::within(worst, values, rows.reference);
    result.y = result.scale(values);
    return result;
  }
  if (place - objectives < seen.violation.cols()) {
    StandardLimit limit =
        standard_limit(picked(seen.violation, rows.rows).col(place - objectives), rows.reference);
    result.y = std::move(limit.values);
    result.threshold = limit.threshold;
    return result;
  }
  const Eigen::Index held = result.x.rows();
  Eigen::MatrixXd both(held + seen.failed.rows(), result.x.cols());
  both << result.x, seen.failed;
  result.x = std::move(both);
  result.y.resize(result.x.rows());
  result.y << Eigen::VectorXd::Constant(held, -1.0), Eigen::VectorXd::Constant(seen.failed.rows(), 1.0);
  const Standard s = standard_of(result.y);
  result.y.array() = (result.y.array() - s.mean) / s.deviation;
  result.threshold = -s.mean / s.deviation;
  return result;
}

Beliefs believe(const Problem& problem, const Observations& seen, const Embedding& embedding,
                const BeliefRows& rows, const ShapeSource& shapes) {
  FORECOST_EXPECTS(!rows.rows.empty(), "beliefs need a trial");
  const auto groups = embedding.group_of_column();
  const auto objectives = static_cast<std::size_t>(seen.objective.cols());
  const std::size_t count =
      objectives + static_cast<std::size_t>(seen.violation.cols()) + (seen.failed.rows() > 0 ? 1 : 0);
  Beliefs result;
  Means smooth;
  for (std::size_t index = 0; index < count; ++index) {
    const Quantity quantity = standard_quantity(seen, rows, index);
    Belief belief{.surrogate = {}, .threshold = quantity.threshold, .scale = quantity.scale, .known = {}};
    if (index < objectives) belief.known = place_of_known(problem, index);
    if (!belief.known) belief.surrogate = Surrogate(quantity.x, quantity.y, groups, shapes(index, quantity));
    if (index < objectives)
      smooth.push_back(belief.known ? quantity.y : belief.surrogate.smoothed(quantity.y));
    (index < objectives ? result.objectives : result.limits).push_back(std::move(belief));
  }
  set_best(result, seen, rows, smooth.front());
  if (result.limits.empty()) result.feasible = true;
  std::vector<Point> front;
  for (std::size_t i = 0; objectives > 1 && i < rows.rows.size(); ++i) {
    if (holds(seen, rows.rows[i])) front.push_back(point_of(smooth, static_cast<Eigen::Index>(i)));
  }
  if (seen.pending.rows() > 0) believe_pending(result, problem, seen, front);
  if (objectives > 1) {
    Point reference;
    for (std::size_t o = 0; o < objectives; ++o)
      reference.push_back(worst_of(result, seen, rows, static_cast<Eigen::Index>(o)));
    result.front = Front(std::move(front), reference);
  }
  return result;
}

}  // namespace forecost::search
