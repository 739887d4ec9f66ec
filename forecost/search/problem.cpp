// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/problem.h"

#include <cmath>

#include "forecost/search/feasible_points.h"

namespace forecost::search {

bool Problem::allowed(const Design& design) const {
  return known_excess(*this, design) <= 0;
}

bool feasible(const Problem& problem, const Trial& trial) {
  if (trial.state != TrialState::complete) return false;
  bool forecast_needed = false;
  for (const Limit& limit : problem.limits) {
    const auto found = trial.metrics.find(limit.metric);
    if (found == trial.metrics.end()) {
      if (!limit.known) return false;
      forecast_needed = true;
    } else if (!(limit.violation(found->second) <= 0)) {
      return false;
    }
  }
  return !forecast_needed || problem.allowed(trial.design);
}

const Trial* best_of(const Problem& problem, std::span<const Trial> trials) {
  FORECOST_EXPECTS(!problem.objectives.empty(), "a problem has an objective");
  const Objective& objective = problem.objectives.front();
  const Trial* best = nullptr;
  double best_value = 0;
  for (const Trial& trial : trials) {
    const auto found = trial.metrics.find(objective.metric);
    if (found == trial.metrics.end() || !std::isfinite(found->second) || !feasible(problem, trial)) continue;
    const double value = objective.minimise ? found->second : -found->second;
    if (best != nullptr && !(value < best_value)) continue;
    best = &trial;
    best_value = value;
  }
  return best;
}

}  // namespace forecost::search
