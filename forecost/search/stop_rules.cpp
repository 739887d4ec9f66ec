// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/stop_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/search/learning_curve.h"

namespace forecost::search {
namespace {

/// The objective in a report, smaller is better.
std::optional<double> value_in(const Objective& objective, const Report& report) {
  const auto found = report.metrics.find(objective.metric);
  if (found == report.metrics.end() || !std::isfinite(found->second)) return std::nullopt;
  return objective.minimise ? found->second : -found->second;
}

/// Best value up to a step.
std::optional<double> best_until(const Objective& objective, const Trial& trial, std::int64_t step) {
  std::optional<double> best;
  for (const Report& report : trial.reports) {
    if (report.step > step) continue;
    const auto value = value_in(objective, report);
    if (value && (!best || *value < *best)) best = value;
  }
  return best;
}

/// Value of the first report at a step or later.
std::optional<double> value_at(const Objective& objective, const Trial& trial, std::int64_t step) {
  const Report* first = nullptr;
  for (const Report& report : trial.reports) {
    if (report.step >= step && (first == nullptr || report.step < first->step)) first = &report;
  }
  return first == nullptr ? std::nullopt : value_in(objective, *first);
}

std::int64_t last_step(const Trial& trial) {
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const Report& report : trial.reports) last = std::max(last, report.step);
  return last;
}

std::string shown(const Objective& objective, double value) {
  return fmt::format("{} {:.4g}", objective.metric, objective.minimise ? value : -value);
}

std::string median_rule(const StopRuleOptions& options, const Problem& problem,
                        std::span<const Trial> history, const Trial& trial) {
  const Objective& objective = problem.objectives.front();
  const std::int64_t step = last_step(trial);
  const auto mine = best_until(objective, trial, step);
  if (step < options.steps || !mine) return "";
  std::vector<double> others;
  for (const Trial& other : history) {
    if (other.number == trial.number || last_step(other) < step) continue;
    if (const auto value = best_until(objective, other, step)) others.push_back(*value);
  }
  if (static_cast<std::int64_t>(others.size()) < options.trials) return "";
  const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
  std::nth_element(others.begin(), middle, others.end());
  double median = *middle;
  if (others.size() % 2 == 0) median = (median + *std::max_element(others.begin(), middle)) / 2;
  if (*mine <= median) return "";
  return fmt::format("at step {} its {} is worse than the median of {} trials, {:.4g}", step,
                     shown(objective, *mine), others.size(), objective.minimise ? median : -median);
}

std::string asha_rule(const StopRuleOptions& options, const Problem& problem, std::span<const Trial> history,
                      const Trial& trial) {
  const Objective& objective = problem.objectives.front();
  if (trial.reports.empty()) return "";
  const std::int64_t step = last_step(trial);
  std::int64_t rung = options.steps;
  while (rung <= step / options.reduction) rung *= options.reduction;
  // Judged once per rung: by the first report at it or behind it.
  const auto before = std::count_if(trial.reports.begin(), trial.reports.end(),
                                    [rung](const Report& report) { return report.step >= rung; });
  const auto mine = value_at(objective, trial, rung);
  if (step < rung || before != 1 || !mine) return "";
  std::vector<double> values{*mine};
  for (const Trial& other : history) {
    if (other.number == trial.number) continue;
    if (const auto value = value_at(objective, other, rung)) values.push_back(*value);
  }
  const auto best = std::max<std::size_t>(1, values.size() / static_cast<std::size_t>(options.reduction));
  const auto last = values.begin() + static_cast<std::ptrdiff_t>(best - 1);
  std::nth_element(values.begin(), last, values.end());
  if (*mine <= *last) return "";
  return fmt::format("at rung {} its {} is not among the best {} of {}", rung, shown(objective, *mine), best,
                     values.size());
}

std::string chance_rule(const StopRuleOptions& options, const Problem& problem, const Trial& trial) {
  const Objective& objective = problem.objectives.front();
  const std::int64_t step = last_step(trial);
  const auto best = best_until(objective, trial, step);
  if (step < options.steps || !best) return "";
  const double chance = objective.minimise ? options.chance : -options.chance;
  if (*best < chance) return "";
  return fmt::format("at step {} its {} is not better than chance, {:.4g}", step, shown(objective, *best),
                     options.chance);
}

/// Reports with the objective, by step, from step 1 on.
std::vector<CurvePoint> curve_of(const Objective& objective, const Trial& trial) {
  std::map<std::int64_t, double> values;
  for (const Report& report : trial.reports) {
    const auto value = value_in(objective, report);
    if (value && report.step >= 1) values[report.step] = *value;
  }
  std::vector<CurvePoint> points;
  for (const auto& value : values) points.push_back({static_cast<double>(value.first), value.second});
  return points;
}

/// What complete trials teach about the curves of a study.
struct Experience {
  std::int64_t trials = 0;
  std::int64_t last_step = 0;
  double change = 0;  ///< median improvement from the first report to the last
  double best = 0;    ///< objective, smaller is better
};

Experience experience_of(const Problem& problem, std::span<const Trial> history) {
  const Objective& objective = problem.objectives.front();
  Experience experience;
  std::vector<double> changes;
  const Trial* best = best_of(problem, history);
  for (const Trial& trial : history) {
    const auto metric = trial.metrics.find(objective.metric);
    if (trial.state != TrialState::complete || metric == trial.metrics.end()) continue;
    const double value = objective.minimise ? metric->second : -metric->second;
    const bool counts = best == nullptr || best == &trial;
    if (counts && (best == &trial || experience.trials == 0 || value < experience.best))
      experience.best = value;
    ++experience.trials;
    const std::vector<CurvePoint> curve = curve_of(objective, trial);
    if (curve.size() < 2) continue;
    experience.last_step = std::max(experience.last_step, last_step(trial));
    changes.push_back(curve.front().value - curve.back().value);
  }
  if (changes.empty()) return experience;
  const auto middle = changes.begin() + static_cast<std::ptrdiff_t>(changes.size() / 2);
  std::nth_element(changes.begin(), middle, changes.end());
  experience.change = std::max(0.0, *middle);
  return experience;
}

std::string extrapolation_rule(const StopRuleOptions& options, const Problem& problem,
                               std::span<const Trial> history, const Trial& trial) {
  constexpr std::size_t least_points = 4;
  const Objective& objective = problem.objectives.front();
  const std::int64_t step = last_step(trial);
  const std::vector<CurvePoint> curve = curve_of(objective, trial);
  if (step < options.steps || curve.size() < least_points) return "";
  const Experience experience = experience_of(problem, history);
  const std::int64_t horizon = options.horizon > 0 ? options.horizon : experience.last_step;
  if (experience.trials < options.trials || step >= horizon) return "";
  double low = curve.front().value;
  double high = low;
  for (const CurvePoint& point : curve) {
    low = std::min(low, point.value);
    high = std::max(high, point.value);
  }
  const double change = std::max(experience.change, high - low);
  if (low < experience.best || !(change > 0)) return "";
  const CurveForecast forecast = extrapolate(curve, static_cast<double>(horizon), change);
  const double chance = forecast.chance_below(experience.best);
  if (chance >= options.probability) return "";
  return fmt::format(
      "at step {} its {} is expected to be {:.4g} at step {}; it beats the best, {:.4g}, with "
      "probability {:.2g}",
      step, shown(objective, curve.back().value), objective.minimise ? forecast.mean() : -forecast.mean(),
      horizon, objective.minimise ? experience.best : -experience.best, chance);
}

}  // namespace

const std::vector<std::string>& stop_rule_names() {
  static const std::vector<std::string> names{"none", "median", "asha", "chance", "extrapolation"};
  return names;
}

Result<StopRule> make_stop_rule(const StopRuleOptions& options) {
  FORECOST_EXPECTS(options.steps >= 1 && options.reduction >= 2, "steps from 1, a reduction from 2 on");
  if (options.rule == "none") return StopRule();
  if (options.rule == "median") {
    return StopRule([options](const Problem& problem, std::span<const Trial> history, const Trial& trial) {
      return median_rule(options, problem, history, trial);
    });
  }
  if (options.rule == "asha") {
    return StopRule([options](const Problem& problem, std::span<const Trial> history, const Trial& trial) {
      return asha_rule(options, problem, history, trial);
    });
  }
  if (options.rule == "chance") {
    return StopRule([options](const Problem& problem, std::span<const Trial> /*history*/,
                              const Trial& trial) { return chance_rule(options, problem, trial); });
  }
  if (options.rule == "extrapolation") {
    return StopRule([options](const Problem& problem, std::span<const Trial> history, const Trial& trial) {
      return extrapolation_rule(options, problem, history, trial);
    });
  }
  return Error{Fault::not_found, fmt::format("there is no early stop '{}'", options.rule), options.rule,
               did_you_mean(options.rule, stop_rule_names())};
}

}  // namespace forecost::search
