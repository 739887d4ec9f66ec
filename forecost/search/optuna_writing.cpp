// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "forecost/search/optuna_study.h"
#include "forecost/search/optuna_tables.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using SQLite::Statement;

std::string state_text(TrialState state) {
  switch (state) {
    case TrialState::complete:
      return "COMPLETE";
    case TrialState::stopped:
      return "PRUNED";
    case TrialState::failed:
      return "FAIL";
    case TrialState::running:
      return "RUNNING";
    case TrialState::waiting:
      break;
  }
  return "WAITING";
}

json distribution_of(const Parameter& parameter) {
  if (!parameter.choices.empty()) {
    json choices = json::array();
    for (const std::string& choice : parameter.choices) choices.push_back(json::parse(choice));
    return {{"name", "CategoricalDistribution"}, {"attributes", {{"choices", choices}}}};
  }
  if (parameter.kind == Parameter::Kind::integer) {
    return {{"name", "IntDistribution"},
            {"attributes",
             {{"log", parameter.log},
              {"step", 1},
              {"low", static_cast<std::int64_t>(parameter.low)},
              {"high", static_cast<std::int64_t>(parameter.high)}}}};
  }
  return {{"name", "FloatDistribution"},
          {"attributes",
           {{"step", nullptr}, {"low", parameter.low}, {"high", parameter.high}, {"log", parameter.log}}}};
}

/// Violations of the limits in their order, as Optuna has them: <= 0 where a limit holds. Nothing where a
/// metric is missing.
json constraints_of(const Problem& problem, const Trial& trial) {
  json violations = json::array();
  for (const Limit& limit : problem.limits) {
    const auto metric = trial.metrics.find(limit.metric);
    if (metric == trial.metrics.end()) return json::array();
    violations.push_back(limit.violation(metric->second));
  }
  return violations;
}

class Writer {
 public:
  Writer(SQLite::Database& sqlite, const OptunaExport& what) : sqlite_(sqlite), what_(what) {}

  void write() {
    Statement add(sqlite_, "INSERT INTO studies(study_name) VALUES(?)");
    add.bind(1, what_.study.name);
    add.exec();
    study_ = sqlite_.getLastInsertRowid();
    json names = json::array();
    const std::vector<Objective>& objectives = what_.problem.objectives;
    for (std::size_t i = 0; i < objectives.size(); ++i) {
      names.push_back(objectives[i].metric);
      Statement direction(sqlite_,
                          "INSERT INTO study_directions(direction, study_id, objective) VALUES(?,?,?)");
      direction.bind(1, objectives[i].minimise ? "MINIMIZE" : "MAXIMIZE");
      direction.bind(2, study_);
      direction.bind(3, static_cast<std::int64_t>(i));
      direction.exec();
    }
    attribute("study_system_attributes", "study_id", study_, {"study:metric_names", names});
    attribute("study_user_attributes", "study_id", study_, {"forecost:definition", what_.study.definition});
    attribute("study_user_attributes", "study_id", study_, {"forecost:seed", what_.study.seed});
    for (const Trial& trial : what_.trials) write(trial);
  }

 private:
  void attribute(const char* table, const char* owner, std::int64_t id,
                 const std::pair<std::string, json>& item) {
    Statement add(sqlite_, fmt::format("INSERT INTO {}({}, key, value_json) VALUES(?,?,?)", table, owner));
    add.bind(1, id);
    add.bind(2, item.first);
    add.bind(3, item.second.dump());
    add.exec();
  }

  /// Nobody knows when a trial began: they are put one after the other from the study's creation on.
  void write(const Trial& trial) {
    const std::vector<Objective>& objectives = what_.problem.objectives;
    const bool all = std::all_of(objectives.begin(), objectives.end(), [&trial](const Objective& objective) {
      return trial.metrics.contains(objective.metric);
    });
    const bool ended = trial.state != TrialState::running && trial.state != TrialState::waiting;
    const bool lost = trial.state == TrialState::complete && !all;
    Statement add(
        sqlite_,
        "INSERT INTO trials(number, study_id, state, datetime_start, datetime_complete) VALUES(?,?,?,"
        "strftime('%Y-%m-%d %H:%M:%f', ?, 'unixepoch') || '000',"
        "strftime('%Y-%m-%d %H:%M:%f', ?, 'unixepoch') || '000')");
    add.bind(1, trial.number);
    add.bind(2, study_);
    add.bind(3, lost ? "FAIL" : state_text(trial.state));
    add.bind(4, clock_);
    if (ended) {
      clock_ += trial.seconds;
      add.bind(5, clock_);
    } else {
      add.bind(5);
    }
    add.exec();
    const std::int64_t id = sqlite_.getLastInsertRowid();
    write_design(trial, id);
    const bool values = trial.state == TrialState::complete || trial.state == TrialState::stopped;
    for (std::size_t i = 0; i < objectives.size() && all && values; ++i) {
      Statement value(
          sqlite_, "INSERT INTO trial_values(trial_id, objective, value, value_type) VALUES(?,?,?,'FINITE')");
      value.bind(1, id);
      value.bind(2, static_cast<std::int64_t>(i));
      value.bind(3, trial.metrics.find(objectives[i].metric)->second);
      value.exec();
    }
    write_reports(trial, id);
    write_attributes(trial, id);
  }

  void write_design(const Trial& trial, std::int64_t id) {
    const Space& space = what_.problem.space;
    for (std::size_t i = 0; i < space.size(); ++i) {
      if (std::isnan(trial.design.values[i])) continue;
      Statement add(sqlite_,
                    "INSERT INTO trial_params(trial_id, param_name, param_value, distribution_json) "
                    "VALUES(?,?,?,?)");
      add.bind(1, id);
      add.bind(2, space[i].name);
      add.bind(3, trial.design.values[i]);
      add.bind(4, distribution_of(space[i]).dump());
      add.exec();
    }
  }

  /// Optuna has intermediate values of a single objective only; the whole is kept beside them.
  void write_reports(const Trial& trial, std::int64_t id) {
    const std::vector<Objective>& objectives = what_.problem.objectives;
    json whole = json::array();
    bool more = objectives.size() > 1;
    for (const Report& report : trial.reports) {
      whole.push_back({{"step", report.step}, {"metrics", to_json(report.metrics)}});
      const auto value = report.metrics.find(objectives.front().metric);
      const bool there = value != report.metrics.end();
      more = more || !there || report.metrics.size() > 1;
      if (!there || objectives.size() > 1) continue;
      Statement add(sqlite_,
                    "INSERT INTO trial_intermediate_values(trial_id, step, intermediate_value, "
                    "intermediate_value_type) VALUES(?,?,?,'FINITE')");
      add.bind(1, id);
      add.bind(2, report.step);
      add.bind(3, value->second);
      add.exec();
    }
    if (more && !whole.empty())
      attribute("trial_user_attributes", "trial_id", id, {"forecost:reports", whole});
  }

  void write_attributes(const Trial& trial, std::int64_t id) {
    const auto user = [&](const std::string& key, const json& value) {
      attribute("trial_user_attributes", "trial_id", id, {key, value});
    };
    for (const auto& metric : trial.metrics) user(metric.first, metric.second);
    if (!trial.reason.empty()) user("forecost:reason", trial.reason);
    if (!trial.failure.empty()) user("forecost:failure", trial.failure);
    if (trial.seconds > 0) user("forecost:seconds", trial.seconds);
    const json constraints = constraints_of(what_.problem, trial);
    if (!constraints.empty())
      attribute("trial_system_attributes", "trial_id", id, {"constraints", constraints});
  }

  SQLite::Database& sqlite_;
  const OptunaExport& what_;
  std::int64_t study_ = 0;
  double clock_ = static_cast<double>(what_.study.created);
};

}  // namespace

Status write_optuna(const OptunaExport& what, const std::filesystem::path& file) {
  try {
    SQLite::Database sqlite(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 10000);
    SQLite::Transaction transaction(sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    FORECOST_TRY([[maybe_unused]] const Done made, make_optuna_tables(sqlite, file.string()));
    Statement same(sqlite, "SELECT count(*) FROM studies WHERE study_name=?");
    same.bind(1, what.study.name);
    same.executeStep();
    if (same.getColumn(0).getInt() > 0) {
      return Error{Fault::bad_input, fmt::format("the file has a study '{}' already", what.study.name),
                   file.string(), "write to another file, or delete that study with optuna delete-study"};
    }
    Writer(sqlite, what).write();
    transaction.commit();
    return Done{};
  } catch (const SQLite::Exception& problem) {
    const bool foreign = problem.getErrorCode() == SQLITE_NOTADB;
    return Error{foreign ? Fault::bad_input : Fault::permission,
                 fmt::format("the storage cannot be written: {}", problem.what()), file.string(),
                 "check the folder and the disk, and that the file is Optuna's"};
  } catch (const json::exception& problem) {
    return Error{Fault::bad_input, fmt::format("a text of the study is not UTF-8: {}", problem.what()),
                 file.string(), "export as JSON lines"};
  }
}

}  // namespace forecost::search
