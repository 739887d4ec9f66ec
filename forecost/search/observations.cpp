// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/observations.h"

#include <limits>

namespace forecost::search {
namespace {

Eigen::MatrixXd embedded(const Embedding& embedding, std::span<const Trial> history,
                         const std::vector<std::size_t>& trials) {
  Eigen::MatrixXd x(static_cast<Eigen::Index>(trials.size()), embedding.columns());
  for (std::size_t i = 0; i < trials.size(); ++i)
    x.row(static_cast<Eigen::Index>(i)) = embedding.place(history[trials[i]].design).transpose();
  return x;
}

}  // namespace

Observations observe(const Problem& problem, std::span<const Trial> history, const Embedding& embedding) {
  Observations result;
  std::vector<std::size_t> pending;
  std::vector<std::size_t> failed;
  const auto merit = merits(problem, history);
  for (std::size_t i = 0; i < history.size(); ++i) {
    bool whole = merit[i].has_value();
    for (std::size_t o = 1; whole && o < problem.objectives.size(); ++o)
      whole = objective_value(problem, history[i], o).has_value();
    if (whole) {
      result.trial.push_back(i);
      result.merit.push_back(*merit[i]);
    } else if (history[i].state == TrialState::waiting || history[i].state == TrialState::running) {
      pending.push_back(i);
    } else {
      failed.push_back(i);
    }
  }
  const auto rows = static_cast<Eigen::Index>(result.trial.size());
  const Space& space = problem.space;
  result.x = embedded(embedding, history, result.trial);
  result.pending = embedded(embedding, history, pending);
  for (const std::size_t i : pending) result.pending_design.push_back(history[i].design);
  result.failed = embedded(embedding, history, failed);
  result.unit.resize(rows, static_cast<Eigen::Index>(space.size()));
  result.objective.resize(rows, static_cast<Eigen::Index>(problem.objectives.size()));
  for (const Objective& objective : problem.objectives) {
    const double sign = objective.minimise ? 1 : -1;
    result.worst.push_back(objective.worst ? sign * *objective.worst
                                           : std::numeric_limits<double>::infinity());
  }
  std::vector<const Limit*> unknown;
  for (const Limit& limit : problem.limits) {
    if (limit.known) continue;
    unknown.push_back(&limit);
    result.limit.push_back(limit.metric);
  }
  result.violation.resize(rows, static_cast<Eigen::Index>(unknown.size()));
  for (Eigen::Index r = 0; r < rows; ++r) {
    const Trial& trial = history[result.trial[static_cast<std::size_t>(r)]];
    const std::vector<double> unit = space.encode(trial.design);
    for (std::size_t p = 0; p < unit.size(); ++p) result.unit(r, static_cast<Eigen::Index>(p)) = unit[p];
    for (std::size_t o = 0; o < problem.objectives.size(); ++o)
      result.objective(r, static_cast<Eigen::Index>(o)) = *objective_value(problem, trial, o);
    for (std::size_t c = 0; c < unknown.size(); ++c) {
      result.violation(r, static_cast<Eigen::Index>(c)) =
          unknown[c]->violation(trial.metrics.find(unknown[c]->metric)->second);
    }
  }
  return result;
}

}  // namespace forecost::search
