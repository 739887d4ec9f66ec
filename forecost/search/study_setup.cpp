// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_setup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/likely_designs.h"
#include "forecost/search/trainer_program.h"

namespace forecost::search {
namespace {

/// All known metrics of a design in the order of StudyFile::known.
class Foresight {
 public:
  Foresight(std::vector<KnownSource> sources, std::shared_ptr<KnownCosts> costs,
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
  std::shared_ptr<KnownCosts> costs_;
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

DesignRule rule_of(const KnownSource& source, const Limit& limit) {
  DesignRule rule{.parameters = source.left->parameters(), .holds = {}};
  if (source.right) {
    for (const std::size_t p : source.right->parameters()) rule.parameters.push_back(p);
  }
  rule.holds = [left = source.left, right = source.right, limit](const Design& design) {
    return limit.violation(left->value(design) - (right ? right->value(design) : 0)) <= 0;
  };
  return rule;
}

/// Empty where the network is no chain, or a limit is on a column of the table.
std::function<std::optional<Design>(numeric::Random&)> likely_of(const StudyFile& study,
                                                                 const Problem& problem,
                                                                 const std::shared_ptr<KnownCosts>& costs,
                                                                 std::size_t cost_count) {
  if (!study.chain || problem.pool) return {};
  LikelyWish wish{.space = study.space, .chain = *study.chain, .rules = {}, .limits = {}, .forecast = {}};
  wish.costs = cost_count;
  wish.forecast = [costs, chain = *study.chain](const Design& design) {
    return costs->in_parts(design, chain);
  };
  std::size_t place = 0;
  for (const Limit& limit : study.limits) {
    if (!limit.known) continue;
    const KnownSource& source = study.known[place++];
    if (source.kind == KnownSource::Kind::column) return {};
    if (source.kind == KnownSource::Kind::expression) {
      wish.rules.push_back(rule_of(source, limit));
    } else {
      wish.limits.push_back({.cost = wish.limits.size(),
                             .bound = limit.bound,
                             .at_most = limit.at_most,
                             .z = needed_deviations(problem)});
    }
  }
  const auto designs = std::make_shared<const LikelyDesigns>(std::move(wish));
  return [designs](numeric::Random& random) { return (*designs)(random); };
}

Status check_table(const StudyFile& study, const ResultTable& table) {
  std::vector<std::string> wanted = study.objective.known;
  for (const Objective& objective : study.objectives) wanted.push_back(objective.metric);
  for (const Limit& limit : study.limits) {
    if (!limit.known) wanted.push_back(limit.metric);
  }
  for (const std::string& metric : wanted) {
    const auto& there = table.metrics();
    const bool cost = cost_of_metric(metric).has_value() && study.network;
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
  const std::size_t cost_count = metrics.size();
  std::shared_ptr<KnownCosts> costs;
  if (study.network) {
    FORECOST_TRY(costs,
                 KnownCosts::make(study.network, std::move(metrics), predictors, study.network_parameters));
    costs->keep_weights_by(study.weights);
  }
  Problem& problem = setup.problem;
  problem.space = study.space;
  problem.objectives = study.objectives;
  problem.limits = study.limits;
  problem.known_objectives = study.known_objectives;
  problem.confidence = study.confidence;
  if (table && static_cast<double>(table->size()) < study.space.cardinality())
    problem.pool = std::make_shared<const Pool>(table->designs(), study.space);
  if (!study.known.empty()) {
    const auto foresight = std::make_shared<const Foresight>(study.known, costs, table);
    problem.forecast = [foresight](const Design& design) { return (*foresight)(design); };
    if (cost_count > 0) problem.likely = likely_of(study, problem, costs, cost_count);
  }
  const bool whole =
      std::all_of(study.network_parameters.begin(), study.network_parameters.end(),
                  [&study](std::size_t parameter) { return study.space[parameter].discrete(); });
  if (costs && whole) problem.capacity = [costs](const Design& design) { return costs->capacity(design); };
  if (study.objective.kind == ObjectiveSource::Kind::command) {
    setup.evaluator =
        command_evaluator({study.objective.command, study.objective.time_out, study.folder, {}}, system);
  } else if (study.objective.kind == ObjectiveSource::Kind::trainer) {
    FORECOST_TRY([[maybe_unused]] const Done fits,
                 check_trainable(*study.objective.recipe, study.network, study.space, study.folder));
    FORECOST_TRY(std::filesystem::path program, find_trainer(system));
    setup.evaluator = trainer_evaluator(
        {std::move(program), study.objective.recipe, study.objective.time_out, study.folder}, system);
  } else if (table) {
    setup.evaluator = table_evaluator(table);
  }
  if (setup.evaluator) setup.evaluator = with_known(std::move(setup.evaluator), problem, study.known);
  return setup;
}

Evaluator command_with(const StudyFile& study, const Problem& problem, RecipeText recipe,
                       const device::System& system) {
  return with_known(
      command_evaluator({study.objective.command, study.objective.time_out, study.folder, std::move(recipe)},
                        system),
      problem, study.known);
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
