// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/merit.h"

#include <algorithm>
#include <cmath>

#include "forecost/numeric/statistics.h"

namespace forecost::search {
namespace {

bool finished(const Trial& trial) {
  return trial.state == TrialState::complete || trial.state == TrialState::stopped;
}

std::optional<double> metric_of(const Trial& trial, std::string_view name) {
  const auto found = trial.metrics.find(name);
  if (found == trial.metrics.end() || !std::isfinite(found->second)) return std::nullopt;
  return found->second;
}

std::optional<double> forecast_of(const Problem& problem, const Trial& trial, std::size_t objective) {
  std::size_t place = 0;
  for (const Limit& limit : problem.limits) place += limit.known ? 1 : 0;
  for (const std::size_t known : problem.known_objectives) {
    if (known == objective && problem.forecast) {
      const auto forecast = problem.forecast(trial.design);
      if (!forecast.has_value() || place >= forecast->size()) return std::nullopt;
      return (*forecast)[place].value;
    }
    ++place;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> objective_value(const Problem& problem, const Trial& trial, std::size_t objective) {
  if (!finished(trial)) return std::nullopt;
  auto value = metric_of(trial, problem.objectives[objective].metric);
  if (!value) value = forecast_of(problem, trial, objective);
  if (!value) return std::nullopt;
  return problem.objectives[objective].minimise ? *value : -*value;
}

std::vector<std::optional<Merit>> merits(const Problem& problem, std::span<const Trial> history) {
  std::vector<std::optional<Merit>> result(history.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    const auto value = objective_value(problem, history[i], 0);
    if (value) result[i] = Merit{.violation = 0, .objective = *value};
  }
  for (const Limit& limit : problem.limits) {
    std::vector<double> sizes;
    for (const Trial& trial : history) {
      const auto value = finished(trial) ? metric_of(trial, limit.metric) : std::nullopt;
      if (value) sizes.push_back(std::abs(limit.violation(*value)));
    }
    const double median = sizes.empty() ? 0.0 : numeric::median(sizes);
    const double spread = median > 0 ? median : 1.0;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (!result[i]) continue;
      const auto value = metric_of(history[i], limit.metric);
      if (value) {
        result[i]->violation += std::max(0.0, limit.violation(*value)) / spread;
      } else if (!limit.known) {
        result[i].reset();
      }
    }
  }
  return result;
}

std::optional<std::size_t> best_merit(std::span<const std::optional<Merit>> merits) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < merits.size(); ++i) {
    if (merits[i] && (!best || merits[i]->better_than(*merits[*best]))) best = i;
  }
  return best;
}

}  // namespace forecost::search
