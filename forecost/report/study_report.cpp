// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/study_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/limit_text.h"

namespace forecost::report {
namespace {

using search::Problem;
using search::Trial;
using search::TrialState;

std::string unit_of(const Problem& problem, const std::string& metric) {
  for (const search::Limit& limit : problem.limits) {
    if (limit.metric == metric && !limit.unit.empty()) return limit.unit;
  }
  return std::string(search::base_unit(metric));
}

/// Metrics of objectives and limits, each once, in that order.
std::vector<std::string> metrics_of(const Problem& problem) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const search::Objective& objective : problem.objectives) add(objective.metric);
  for (const search::Limit& limit : problem.limits) add(limit.metric);
  return names;
}

Value metric_in(const Trial& trial, const std::string& metric) {
  const auto found = trial.metrics.find(metric);
  return found == trial.metrics.end() ? Value() : Value(found->second);
}

std::string metric_text(const Problem& problem, const Trial& trial, const std::string& metric) {
  const auto found = trial.metrics.find(metric);
  return found == trial.metrics.end() ? "-" : search::to_text(found->second, unit_of(problem, metric));
}

/// Texts without quotes, everything else as JSON writes it.
std::string plain(const nlohmann::json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string design_text(const Problem& problem, const Trial& trial) {
  const nlohmann::json design = problem.space.to_json(trial.design);
  std::string text;
  for (const search::Parameter& parameter : problem.space.parameters()) {
    if (!design.contains(parameter.name)) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", parameter.name, plain(design[parameter.name]));
  }
  return text;
}

Value json_value(const nlohmann::json& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>();
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Table trial_table(const StudyView& view, std::string key, std::string title,
                  const std::vector<const Trial*>& trials) {
  const std::vector<std::string> metrics = metrics_of(view.problem);
  Table table{.key = std::move(key), .title = std::move(title), .columns = {{"trial", "trial"}}, .rows = {}};
  for (const std::string& metric : metrics) {
    table.columns.push_back({"metrics." + metric, metric, Audience::machines});
    table.columns.push_back({metric, metric, Audience::people});
  }
  // Best trials are all complete and feasible: people need not read that.
  const Audience differing = table.key == "trials" ? Audience::everyone : Audience::machines;
  table.columns.push_back({"state", "state", differing, 3});
  table.columns.push_back({"feasible", "feasible", differing, 1});
  table.columns.push_back({"seconds", "seconds", Audience::machines});
  for (const search::Parameter& parameter : view.problem.space.parameters()) {
    table.columns.push_back({"design." + parameter.name, parameter.name, Audience::machines});
  }
  table.columns.push_back({"design.text", "design", Audience::people, 1});
  table.columns.push_back({"reason", "why", Audience::everyone, 4});
  table.columns.push_back({"failure", "failure", differing, 2});
  for (const Trial* trial : trials) {
    std::vector<Value> row{trial->number};
    for (const std::string& metric : metrics) {
      row.push_back(metric_in(*trial, metric));
      row.emplace_back(metric_text(view.problem, *trial, metric));
    }
    row.emplace_back(std::string(search::name_of(trial->state)));
    row.emplace_back(search::feasible(view.problem, *trial));
    row.emplace_back(trial->seconds);
    const nlohmann::json design = view.problem.space.to_json(trial->design);
    for (const search::Parameter& parameter : view.problem.space.parameters()) {
      row.push_back(design.contains(parameter.name) ? json_value(design[parameter.name]) : Value());
    }
    row.emplace_back(design_text(view.problem, *trial));
    row.emplace_back(trial->reason);
    row.push_back(trial->failure.empty() ? Value() : Value(trial->failure));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<const Trial*> best_trials(const Problem& problem, std::span<const Trial> trials) {
  if (problem.objectives.size() > 1) return pareto_of(problem, trials);
  std::vector<const Trial*> best;
  for (const Trial& trial : trials) {
    if (search::feasible(problem, trial)) best.push_back(&trial);
  }
  const search::Objective& objective = problem.objectives.front();
  std::stable_sort(best.begin(), best.end(), [&objective](const Trial* a, const Trial* b) {
    const double x = a->metrics.find(objective.metric)->second;
    const double y = b->metrics.find(objective.metric)->second;
    return objective.minimise ? x < y : x > y;
  });
  return best;
}

void add_best(const StudyView& view, const Trial& best, Report& report) {
  report.facts.push_back({"best.trial", "best trial", best.number});
  for (const std::string& metric : metrics_of(view.problem)) {
    report.facts.push_back({"best.metrics." + metric, "its " + metric, metric_in(best, metric),
                            Audience::everyone, metric_text(view.problem, best, metric)});
  }
  const nlohmann::json design = view.problem.space.to_json(best.design);
  for (const search::Parameter& parameter : view.problem.space.parameters()) {
    if (!design.contains(parameter.name)) continue;
    report.facts.push_back({"best.design." + parameter.name, parameter.name,
                            json_value(design[parameter.name]), Audience::machines});
  }
  report.facts.push_back(
      {"best.design_text", "its design", design_text(view.problem, best), Audience::people});
}

/// Failures of a study by reason, the most frequent first.
void warn_of_failures(std::span<const Trial> trials, Report& report) {
  std::map<std::string, int> reasons;
  int failed = 0;
  for (const Trial& trial : trials) {
    if (trial.state != TrialState::failed) continue;
    ++reasons[trial.failure];
    ++failed;
  }
  if (failed == 0) return;
  const auto most = std::max_element(reasons.begin(), reasons.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  report.warnings.push_back({fmt::format("{} of {} trials failed, {} of them: {}", failed, trials.size(),
                                         most->second, most->first),
                             "forecost study show lists them all with their reasons"});
}

}  // namespace

std::vector<const Trial*> pareto_of(const Problem& problem, std::span<const Trial> trials) {
  std::vector<std::pair<const Trial*, std::vector<double>>> points;
  for (const Trial& trial : trials) {
    if (!search::feasible(problem, trial)) continue;
    std::vector<double> values;
    for (const search::Objective& objective : problem.objectives) {
      const auto found = trial.metrics.find(objective.metric);
      if (found == trial.metrics.end()) break;
      values.push_back(objective.minimise ? found->second : -found->second);
    }
    if (values.size() == problem.objectives.size()) points.emplace_back(&trial, std::move(values));
  }
  std::vector<std::pair<const Trial*, std::vector<double>>> front;
  for (const auto& point : points) {
    const bool beaten = std::any_of(points.begin(), points.end(), [&point](const auto& other) {
      bool better = false;
      for (std::size_t i = 0; i < point.second.size(); ++i) {
        if (other.second[i] > point.second[i]) return false;
        better = better || other.second[i] < point.second[i];
      }
      return better;
    });
    if (!beaten) front.push_back(point);
  }
  std::stable_sort(front.begin(), front.end(),
                   [](const auto& a, const auto& b) { return a.second[0] < b.second[0]; });
  std::vector<const Trial*> trials_of_front;
  for (const auto& point : front) trials_of_front.push_back(point.first);
  return trials_of_front;
}

Report study_report(const StudyView& view, std::size_t most) {
  Report report{.kind = "forecost.study", .version = 1, .title = "Study " + view.study.name};
  std::int64_t ended = 0;
  std::int64_t feasible = 0;
  double seconds = 0;
  for (const Trial& trial : view.trials) {
    ended += trial.state == TrialState::running || trial.state == TrialState::waiting ? 0 : 1;
    feasible += search::feasible(view.problem, trial) ? 1 : 0;
    seconds += trial.seconds;
  }
  report.facts.push_back({"study", "study", view.study.name, Audience::machines});
  report.facts.push_back({"trial_count", "trials", static_cast<std::int64_t>(view.trials.size())});
  report.facts.push_back({"ended", "ended", ended, Audience::machines});
  report.facts.push_back(
      {"feasible_share", "feasible",
       ended > 0 ? Value(Share{static_cast<double>(feasible) / static_cast<double>(ended)}) : Value()});
  report.facts.push_back({"trials_ms", "time in trials", Seconds(seconds)});
  const std::vector<const Trial*> best = best_trials(view.problem, view.trials);
  if (!best.empty()) {
    add_best(view, *best.front(), report);
    if (most > 0) {
      const bool several = view.problem.objectives.size() > 1;
      report.tables.push_back(
          trial_table(view, "best_trials", several ? "Trials that no other beats" : "Best trials", best));
      report.tables.back().limit = most;
    }
  } else if (ended > 0) {
    report.warnings.push_back(
        {"no trial holds all limits", "loosen a limit, widen the space or run more trials"});
  }
  warn_of_failures(view.trials, report);
  report.csv_table = report.tables.empty() ? "" : "best_trials";
  return report;
}

Report trials_report(const StudyView& view, std::size_t most) {
  Report report = study_report(view, 0);
  std::vector<const Trial*> all;
  for (const Trial& trial : view.trials) all.push_back(&trial);
  report.tables.push_back(trial_table(view, "trials", "Trials", all));
  report.tables.back().limit = most;
  report.csv_table = "trials";
  return report;
}

Report studies_report(const std::vector<search::StudyInfo>& studies) {
  Report report{.kind = "forecost.studies", .version = 1, .title = "Studies"};
  Table table{.key = "studies",
              .title = "",
              .columns = {{"name", "study"},
                          {"trials", "trials"},
                          {"complete", "complete"},
                          {"failed", "failed"},
                          {"running", "running"},
                          {"seed", "seed", Audience::machines}},
              .rows = {}};
  for (const search::StudyInfo& study : studies) {
    table.rows.push_back({study.name, study.trials, study.complete, study.failed, study.running,
                          static_cast<std::int64_t>(study.seed)});
  }
  report.tables.push_back(std::move(table));
  report.csv_table = "studies";
  return report;
}

std::string trial_line(const Problem& problem, const Trial& trial, bool best) {
  std::string line = fmt::format("trial {}:", trial.number);
  if (trial.state == TrialState::failed) {
    line += " failed, " + trial.failure;
  } else {
    std::string separator = " ";
    for (const std::string& metric : metrics_of(problem)) {
      if (!trial.metrics.contains(metric)) continue;
      line += fmt::format("{}{} {}", separator, metric, metric_text(problem, trial, metric));
      separator = ", ";
    }
    if (trial.state == TrialState::stopped) line += separator + "stopped: " + trial.failure;
    if (trial.state == TrialState::complete && !search::feasible(problem, trial))
      line += separator + "breaks a limit";
    if (best) line += separator + "best so far";
  }
  return fmt::format("{} | {} | {}", line, design_text(problem, trial), trial.reason);
}

}  // namespace forecost::report
