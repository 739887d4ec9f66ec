// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "forecost/outcome/nearest.h"
#include "forecost/search/postgresql_tables.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {

using nlohmann::json;

std::vector<std::string> study_names(pqxx::transaction_base& work) {
  std::vector<std::string> names;
  for (const auto& row : work.exec("SELECT name FROM forecost_study ORDER BY name")) {
    names.push_back(row[0].as<std::string>());
  }
  return names;
}

Result<StudyInfo> read_study_info(pqxx::transaction_base& work, const std::string& name) {
  const pqxx::result rows = work.exec_params(
      "SELECT s.id, s.definition, s.seed, floor(s.created)::bigint, count(t.number), "
      "count(*) FILTER (WHERE t.state='complete'), count(*) FILTER (WHERE t.state='failed'), "
      "count(*) FILTER (WHERE t.state='running') "
      "FROM forecost_study s LEFT JOIN forecost_trial t ON t.study=s.id WHERE s.name=$1 GROUP BY s.id",
      name);
  if (rows.empty()) {
    return Error{Fault::not_found, fmt::format("there is no study '{}'", name), "",
                 did_you_mean(name, study_names(work))};
  }
  StudyInfo info;
  info.id = rows[0][0].as<std::int64_t>();
  info.name = name;
  info.definition = rows[0][1].as<std::string>();
  info.seed = static_cast<std::uint64_t>(rows[0][2].as<std::int64_t>());
  info.created = rows[0][3].as<std::int64_t>();
  info.trials = rows[0][4].as<std::int64_t>();
  info.complete = rows[0][5].as<std::int64_t>();
  info.failed = rows[0][6].as<std::int64_t>();
  info.running = rows[0][7].as<std::int64_t>();
  return info;
}

Result<Changes> read_changes(pqxx::transaction_base& work, std::int64_t study, const Space& space,
                             std::int64_t after) {
  Changes changes;
  changes.revision = after;
  const pqxx::result rows = work.exec_params(
      "SELECT number, design, state, reason, metrics, failure, seconds, revision, "
      "(SELECT json_agg(json_build_array(step, r.metrics::json) ORDER BY step) FROM forecost_report r "
      "WHERE r.study=t.study AND r.number=t.number) "
      "FROM forecost_trial t WHERE study=$1 AND revision>$2 ORDER BY number",
      study, after);
  for (const auto& row : rows) {
    Trial trial;
    trial.number = row[0].as<std::int64_t>();
    FORECOST_TRY(trial.design, space.from_json(json::parse(row[1].as<std::string>())));
    trial.state = find_state(row[2].as<std::string>()).value_or(TrialState::failed);
    trial.reason = row[3].as<std::string>();
    FORECOST_TRY(trial.metrics, metrics_from_json(json::parse(row[4].as<std::string>())));
    trial.failure = row[5].as<std::string>();
    trial.seconds = row[6].as<double>();
    changes.revision = std::max(changes.revision, row[7].as<std::int64_t>());
    const json reports = row[8].is_null() ? json::array() : json::parse(row[8].as<std::string>());
    for (const json& report : reports) {
      FORECOST_TRY(Metrics metrics, metrics_from_json(report.at(1)));
      trial.reports.push_back({report.at(0).get<std::int64_t>(), std::move(metrics)});
    }
    changes.trials.push_back(std::move(trial));
  }
  return changes;
}

}  // namespace forecost::search
