// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/search/optuna_tables.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using SQLite::Statement;

/// Attributes of one owner. What Python writes and JSON does not know (NaN) is left out.
json attributes(SQLite::Database& sqlite, const std::string& table, const std::string& owner,
                std::int64_t id) {
  Statement select(sqlite, fmt::format("SELECT key, value_json FROM {} WHERE {}=?", table, owner));
  select.bind(1, id);
  json object = json::object();
  while (select.executeStep()) {
    json value = json::parse(select.getColumn(1).getString(), nullptr, false);
    if (!value.is_discarded()) object[select.getColumn(0).getString()] = std::move(value);
  }
  return object;
}

Result<std::int64_t> find_study(SQLite::Database& sqlite, const std::string& file, std::string& name) {
  std::map<std::string, std::int64_t> studies;
  Statement select(sqlite, "SELECT study_name, study_id FROM studies");
  while (select.executeStep()) studies[select.getColumn(0).getString()] = select.getColumn(1).getInt64();
  if (name.empty() && studies.size() == 1) name = studies.begin()->first;
  const auto found = studies.find(name);
  if (found != studies.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& study : studies) names.push_back(study.first);
  return Error{Fault::not_found,
               name.empty() ? fmt::format("the file holds {} studies", studies.size())
                            : fmt::format("there is no study '{}'", name),
               file, did_you_mean(name, names)};
}

Result<std::vector<OptunaParameter>> read_parameters(SQLite::Database& sqlite, std::int64_t trial) {
  std::vector<OptunaParameter> parameters;
  Statement select(sqlite,
                   "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id=? "
                   "ORDER BY param_id");
  select.bind(1, trial);
  while (select.executeStep()) {
    OptunaParameter parameter{select.getColumn(0).getString(), select.getColumn(1).getDouble(),
                              json::parse(select.getColumn(2).getString(), nullptr, false)};
    const json& distribution = parameter.distribution;
    if (!distribution.is_object() || !distribution.contains("name") || !distribution["name"].is_string() ||
        !distribution.contains("attributes") || !distribution["attributes"].is_object()) {
      return Error{Fault::bad_input, fmt::format("the distribution of '{}' is no JSON", parameter.name), "",
                   "choices that are NaN or infinite cannot be taken over"};
    }
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Result<OptunaTrial> read_trial(SQLite::Database& sqlite, std::int64_t id, std::size_t objectives) {
  OptunaTrial trial;
  FORECOST_TRY(trial.parameters, read_parameters(sqlite, id));
  trial.values.resize(objectives);
  Statement values(sqlite,
                   "SELECT objective, value FROM trial_values WHERE trial_id=? AND value_type='FINITE'");
  values.bind(1, id);
  while (values.executeStep()) {
    const auto objective = static_cast<std::size_t>(values.getColumn(0).getInt64());
    if (objective < objectives) trial.values[objective] = values.getColumn(1).getDouble();
  }
  Statement steps(sqlite,
                  "SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id=? AND "
                  "intermediate_value_type='FINITE' ORDER BY step");
  steps.bind(1, id);
  while (steps.executeStep()) {
    trial.steps.emplace_back(steps.getColumn(0).getInt64(), steps.getColumn(1).getDouble());
  }
  trial.user = attributes(sqlite, "trial_user_attributes", "trial_id", id);
  trial.system = attributes(sqlite, "trial_system_attributes", "trial_id", id);
  return trial;
}

}  // namespace

Result<OptunaTables> read_optuna_tables(SQLite::Database& sqlite, const std::string& file,
                                        const std::string& name) {
  OptunaTables study;
  study.name = name;
  const SQLite::Transaction snapshot(sqlite);
  FORECOST_TRY(const std::int64_t id, find_study(sqlite, file, study.name));
  study.user = attributes(sqlite, "study_user_attributes", "study_id", id);
  study.system = attributes(sqlite, "study_system_attributes", "study_id", id);
  Statement directions(sqlite, "SELECT direction FROM study_directions WHERE study_id=? ORDER BY objective");
  directions.bind(1, id);
  while (directions.executeStep())
    study.minimise.push_back(directions.getColumn(0).getString() != "MAXIMIZE");
  Statement trials(
      sqlite,
      "SELECT trial_id, state, (julianday(datetime_complete) - julianday(datetime_start)) * 86400 "
      "FROM trials WHERE study_id=? ORDER BY number, trial_id");
  trials.bind(1, id);
  while (trials.executeStep()) {
    FORECOST_TRY(OptunaTrial trial,
                 read_trial(sqlite, trials.getColumn(0).getInt64(), study.minimise.size()));
    trial.state = trials.getColumn(1).getString();
    trial.seconds = std::max(0.0, trials.getColumn(2).getDouble());
    study.trials.push_back(std::move(trial));
  }
  return study;
}

}  // namespace forecost::search
