// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/acquisition.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "forecost/numeric/normal.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/promise.h"

namespace forecost::search {
namespace {

constexpr double never = -std::numeric_limits<double>::infinity();
constexpr double difference_step = 1e-4;
constexpr double exact_variance = 1e-12;
constexpr double side_work = 60;  ///< of a side of a box of the front

void add_slope(Eigen::VectorXd& by_column, const Promise& promise, const PosteriorSlope& slope) {
  by_column += promise.by_mean * slope.mean + promise.by_variance * slope.variance;
}

}  // namespace

Acquisition::Acquisition(const Problem& problem, const Embedding& embedding, const Beliefs& beliefs,
                         KnownChance chance)
    : problem_(&problem), embedding_(&embedding), beliefs_(&beliefs), chance_(chance) {
  any_known_ = static_cast<bool>(problem.forecast) || problem.pool;
  for (const Limit& limit : problem.limits) any_known_ = any_known_ || limit.known;
}

Acquisition::Sure Acquisition::known(const Design& design) const {
  Sure sure;
  if (!any_known_) return sure;
  sure.log_chance = never;
  if (!problem_->allowed(design)) return sure;
  if (!problem_->forecast) {
    sure.log_chance = 0;
    return sure;
  }
  const auto forecast = problem_->forecast(design);
  if (!forecast.has_value()) return sure;
  sure.log_chance = 0;
  std::size_t index = 0;
  for (const Limit& limit : problem_->limits) {
    if (!limit.known) continue;
    const Known& value = (*forecast)[index++];
    if (chance_ == KnownChance::weight && value.deviation > 0)
      sure.log_chance += numeric::log_normal_cdf(-limit.violation(value.value) / value.deviation).value;
  }
  for (std::size_t o = 0; o < beliefs_->objectives.size(); ++o) {
    const Belief& belief = beliefs_->objectives[o];
    if (!belief.known || *belief.known >= forecast->size()) continue;
    const Known& value = (*forecast)[*belief.known];
    const double raw = problem_->objectives[o].minimise ? value.value : -value.value;
    const double mean = belief.scale(raw);
    const double deviation = belief.scale(raw + value.deviation) - mean;
    sure.values.push_back({.mean = mean, .variance = deviation * deviation + exact_variance});
  }
  return sure;
}

double Acquisition::value_of(const Sure& sure,
                             const std::function<Posterior(const Belief&)>& posterior) const {
  double value = sure.log_chance;
  if (beliefs_->feasible) {
    std::vector<Posterior> objectives;
    std::size_t next = 0;
    for (const Belief& belief : beliefs_->objectives)
      objectives.push_back(belief.known ? sure.values.at(next++) : posterior(belief));
    value += objectives.size() > 1 ? log_front_growth(objectives, beliefs_->front).value
                                   : log_improvement(objectives[0], beliefs_->best).value;
  }
  for (const Belief& limit : beliefs_->limits) value += log_holding(posterior(limit), limit.threshold).value;
  return value;
}

Candidate Acquisition::at(std::vector<double> unit) const {
  Candidate result{.unit = std::move(unit), .design = {}, .value = never};
  result.design = embedding_->space().decode(result.unit);
  const Sure sure = known(result.design);
  result.unit = embedding_->space().encode(result.design);
  if (sure.log_chance == never) return result;
  const Eigen::VectorXd point = embedding_->place(result.design, result.unit);
  result.value = value_of(sure, [&](const Belief& belief) { return belief.surrogate.at(point); });
  return result;
}

std::vector<Candidate> Acquisition::at_each(const std::vector<std::vector<double>>& units) const {
  std::vector<Candidate> result;
  std::vector<Sure> sure;
  for (const auto& unit : units) {
    Candidate next{.unit = {}, .design = embedding_->space().decode(unit), .value = 0};
    Sure here = known(next.design);
    if (here.log_chance == never) continue;
    next.unit = embedding_->space().encode(next.design);
    result.push_back(std::move(next));
    sure.push_back(std::move(here));
  }
  if (result.empty()) return result;
  Eigen::MatrixXd points(static_cast<Eigen::Index>(result.size()), embedding_->columns());
  for (std::size_t i = 0; i < result.size(); ++i) {
    points.row(static_cast<Eigen::Index>(i)) =
        embedding_->place(result[i].design, result[i].unit).transpose();
  }
  std::map<const Belief*, std::vector<Posterior>> posteriors;
  if (beliefs_->feasible) {
    for (const Belief& belief : beliefs_->objectives) {
      if (!belief.known) posteriors[&belief] = belief.surrogate.at_each(points);
    }
  }
  for (const Belief& limit : beliefs_->limits) posteriors[&limit] = limit.surrogate.at_each(points);
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].value = value_of(sure[i], [&](const Belief& belief) { return posteriors.at(&belief)[i]; });
  }
  return result;
}

Acquisition::Tangent Acquisition::tangent_at(std::span<const double> unit) const {
  const Space& space = embedding_->space();
  const Design design = space.decode(unit);
  const Sure sure = known(design);
  Tangent result{.value = sure.log_chance, .gradient = std::vector<double>(space.size(), 0.0)};
  if (sure.log_chance == never) return result;
  const Eigen::VectorXd point = embedding_->place(design, unit);
  Eigen::VectorXd by_column = Eigen::VectorXd::Zero(embedding_->columns());
  std::vector<double> by_known;  // derivative by the mean of each known objective
  if (beliefs_->feasible) {
    std::vector<PosteriorSlope> slopes;
    std::size_t next = 0;
    for (const Belief& belief : beliefs_->objectives) {
      if (belief.known) {
        slopes.push_back({.at = sure.values.at(next++), .mean = {}, .variance = {}});
      } else {
        slopes.push_back(belief.surrogate.slope_at(point));
      }
    }
    std::vector<Promise> promises;
    if (slopes.size() > 1) {
      std::vector<Posterior> posteriors;
      for (const PosteriorSlope& slope : slopes) posteriors.push_back(slope.at);
      FrontPromise growth = log_front_growth(posteriors, beliefs_->front);
      result.value += growth.value;
      promises = std::move(growth.by);
    } else {
      promises = {log_improvement(slopes[0].at, beliefs_->best)};
      result.value += promises[0].value;
    }
    for (std::size_t o = 0; o < slopes.size(); ++o) {
      if (beliefs_->objectives[o].known) {
        by_known.push_back(promises[o].by_mean);
      } else {
        add_slope(by_column, promises[o], slopes[o]);
      }
    }
  }
  for (const Belief& limit : beliefs_->limits) {
    const PosteriorSlope slope = limit.surrogate.slope_at(point);
    const Promise promise = log_holding(slope.at, limit.threshold);
    result.value += promise.value;
    add_slope(by_column, promise, slope);
  }
  const bool forecast_moves = sure.log_chance != 0 || !by_known.empty();
  std::vector<double> shifted(unit.begin(), unit.end());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space[i].discrete() || std::isnan(design.values[i])) continue;
    result.gradient[i] = embedding_->chain(i, unit[i], by_column);
    if (!forecast_moves) continue;
    const double step = unit[i] + difference_step <= 1 ? difference_step : -difference_step;
    shifted[i] = unit[i] + step;
    const Sure beside = known(space.decode(shifted));
    shifted[i] = unit[i];
    if (beside.log_chance == never) continue;
    double change = beside.log_chance - sure.log_chance;
    for (std::size_t k = 0; k < by_known.size(); ++k)
      change += by_known[k] * (beside.values[k].mean - sure.values[k].mean);
    result.gradient[i] += change / step;
  }
  return result;
}

Acquisition::Chances Acquisition::chances(const Candidate& candidate) const {
  const Eigen::VectorXd point = embedding_->place(candidate.design, candidate.unit);
  Chances result;
  for (const Belief& limit : beliefs_->limits)
    result.holds *= std::exp(log_holding(limit.surrogate.at(point), limit.threshold).value);
  if (beliefs_->objectives.size() == 1) {
    const Posterior p = beliefs_->objectives[0].surrogate.at(point);
    result.improves = std::exp(log_holding(p, beliefs_->best).value);
  }
  return result;
}

double Acquisition::work() const {
  const auto cost = [this](const Belief& belief) {
    const auto rows = static_cast<double>(belief.surrogate.rows());
    return rows * rows + rows * (20 + 2 * static_cast<double>(embedding_->columns()));
  };
  double sum = 1000;
  if (beliefs_->feasible) {
    for (const Belief& objective : beliefs_->objectives) sum += cost(objective);
    const auto sides = static_cast<double>(beliefs_->front.boxes.size() * beliefs_->objectives.size());
    sum += side_work * sides;
  }
  for (const Belief& limit : beliefs_->limits) sum += cost(limit);
  return sum;
}

}  // namespace forecost::search
