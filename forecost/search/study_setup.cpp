// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_setup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"

namespace forecost::search {
namespace {

/// All known metrics of a design in the order of StudyFile::known.
class Foresight {
 public:
  Foresight(std::vector<KnownSource> sources, std::unique_ptr<KnownCosts> costs,
            std::shared_ptr<const ResultTable> table)
      : sources_(std::move(sources)), costs_(std::move(costs)), table_(std::move(table)) {}

  Result<std::vector<Known>> operator()(const Design& design) const {
    std::vector<Known> costs;
    if (costs_) {
      FORECOST_TRY(costs, (*costs_)(design));
    }
    std::size_t next_cost = 0;
    std::vector<Known> values;
    for (const KnownSource& source : sources_) {
      if (source.kind == KnownSource::Kind::cost) {
        values.push_back(costs[next_cost++]);
      } else if (source.kind == KnownSource::Kind::expression) {
        values.push_back({source.left->value(design) - (source.right ? source.right->value(design) : 0), 0});
      } else {
        const Metrics* row = table_->find(design);
        const auto cell = row == nullptr ? Metrics::const_iterator() : row->find(source.column);
        if (row == nullptr || cell == row->end()) {
          return Error{Fault::not_found, "the table has no such design", source.column,
                       "add it, or forbid it by a limit between parameters"};
        }
        values.push_back({cell->second, 0});
      }
    }
    return values;
  }

 private:
  std::vector<KnownSource> sources_;
  std::unique_ptr<KnownCosts> costs_;
  std::shared_ptr<const ResultTable> table_;
};

/// Metrics that the evaluator leaves out are filled in from the forecast.
Evaluator with_known(Evaluator evaluator, const Problem& problem, const std::vector<KnownSource>& sources) {
  std::vector<std::string> names;  // "" for rules between parameters, which are no metrics
  for (const Limit& limit : problem.limits) {
    if (!limit.known) continue;
    const bool rule = sources[names.size()].kind == KnownSource::Kind::expression;
    names.push_back(rule ? "" : limit.metric);
  }
  for (const std::size_t index : problem.known_objectives) names.push_back(problem.objectives[index].metric);
  if (names.empty()) return evaluator;
  return [evaluator = std::move(evaluator), forecast = problem.forecast, names](const Task& task,
                                                                                const Contact& contact) {
    Evaluation evaluation = evaluator(task, contact);
    if (evaluation.state == TrialState::failed) return evaluation;
    const auto known = forecast(task.design);
    for (std::size_t i = 0; known && i < names.size(); ++i) {
      if (!names[i].empty()) evaluation.metrics.emplace(names[i], (*known)[i].value);
    }
    return evaluation;
  };
}

Status check_table(const StudyFile& study, const ResultTable& table) {
  std::vector<std::string> wanted = study.objective.known;
  for (const Objective& objective : study.objectives) wanted.push_back(objective.metric);
  for (const Limit& limit : study.limits) {
    if (!limit.known) wanted.push_back(limit.metric);
  }
  for (const std::string& metric : wanted) {
    const auto& there = table.metrics();
    const bool cost = find_cost(metric.substr(0, metric.find('@'))).has_value() && study.network;
    if (cost || std::find(there.begin(), there.end(), metric) != there.end()) continue;
    return Error{Fault::bad_input, fmt::format("the table has no numbers in a column '{}'", metric),
                 study.objective.table.string(), did_you_mean(metric, there)};
  }
  return Done{};
}

}  // namespace

Result<StudySetup> set_up(const StudyFile& study, const Predictors& predictors,
                          const device::System& system) {
  StudySetup setup;
  const StrategyEntry* entry = find_strategy(study.strategy);
  FORECOST_EXPECTS(entry != nullptr, "the strategy of a study file exists");
  FORECOST_TRY(setup.strategy, entry->make(study.strategy_options));
  FORECOST_TRY(setup.stop_rule, make_stop_rule(study.early_stop));

  std::shared_ptr<const ResultTable> table;
  if (study.objective.kind == ObjectiveSource::Kind::table) {
    FORECOST_TRY(ResultTable read, ResultTable::read(study.objective.table, study.space));
    table = std::make_shared<const ResultTable>(std::move(read));
    FORECOST_TRY([[maybe_unused]] const Done checked, check_table(study, *table));
  }
  std::vector<CostMetric> metrics;
  for (const KnownSource& source : study.known) {
    if (source.kind == KnownSource::Kind::cost) metrics.push_back({source.cost, source.device});
  }
  std::unique_ptr<KnownCosts> costs;
  if (!metrics.empty()) {
    FORECOST_TRY(costs,
                 KnownCosts::make(study.network, std::move(metrics), predictors, study.network_parameters));
  }
  Problem& problem = setup.problem;
  problem.space = study.space;
  problem.objectives = study.objectives;
  problem.limits = study.limits;
  problem.known_objectives = study.known_objectives;
  problem.confidence = study.confidence;
  if (!study.known.empty()) {
    const auto foresight = std::make_shared<const Foresight>(study.known, std::move(costs), table);
    problem.forecast = [foresight](const Design& design) { return (*foresight)(design); };
  }
  if (study.objective.kind == ObjectiveSource::Kind::command) {
    setup.evaluator =
        command_evaluator({study.objective.command, study.objective.time_out, study.folder}, system);
  } else if (table) {
    setup.evaluator = table_evaluator(table);
  }
  if (setup.evaluator) setup.evaluator = with_known(std::move(setup.evaluator), problem, study.known);
  return setup;
}

Problem judging_problem(const StudyFile& study) {
  Problem problem;
  problem.space = study.space;
  problem.objectives = study.objectives;
  problem.confidence = study.confidence;
  std::size_t next_known = 0;
  for (const Limit& limit : study.limits) {
    const bool rule = limit.known && study.known[next_known].kind == KnownSource::Kind::expression;
    if (limit.known) ++next_known;
    if (rule) continue;
    problem.limits.push_back(limit);
    problem.limits.back().known = false;
  }
  return problem;
}

}  // namespace forecost::search
