// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"
#include "forecost/search/sqlite_tables.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {

using nlohmann::json;
using SQLite::Statement;

std::vector<std::string> study_names(SQLite::Database& sqlite) {
  std::vector<std::string> names;
  Statement select(sqlite, "SELECT name FROM study ORDER BY name");
  while (select.executeStep()) names.push_back(select.getColumn(0).getString());
  return names;
}

Result<StudyInfo> read_study_info(SQLite::Database& sqlite, const std::string& file,
                                  const std::string& name) {
  Statement select(sqlite,
                   "SELECT s.id, s.definition, s.seed, CAST(s.created AS INTEGER), count(t.number), "
                   "sum(t.state='complete'), sum(t.state='failed'), sum(t.state='running') "
                   "FROM study s LEFT JOIN trial t ON t.study=s.id WHERE s.name=? GROUP BY s.id");
  select.bind(1, name);
  if (!select.executeStep()) {
    return Error{Fault::not_found, fmt::format("there is no study '{}'", name), file,
                 did_you_mean(name, study_names(sqlite))};
  }
  StudyInfo info;
  info.id = select.getColumn(0).getInt64();
  info.name = name;
  info.definition = select.getColumn(1).getString();
  info.seed = static_cast<std::uint64_t>(select.getColumn(2).getInt64());
  info.created = select.getColumn(3).getInt64();
  info.trials = select.getColumn(4).getInt64();
  info.complete = select.getColumn(5).getInt64();
  info.failed = select.getColumn(6).getInt64();
  info.running = select.getColumn(7).getInt64();
  return info;
}

Result<Changes> read_changes(SQLite::Database& sqlite, std::int64_t study, const Space& space,
                             std::int64_t after) {
  SQLite::Transaction transaction(sqlite);
  Changes changes;
  changes.revision = after;
  Statement select(sqlite,
                   "SELECT number, design, state, reason, metrics, failure, seconds, revision FROM trial "
                   "WHERE study=? AND revision>? ORDER BY number");
  Statement reports(sqlite, "SELECT step, metrics FROM report WHERE study=? AND number=? ORDER BY step");
  select.bind(1, study);
  select.bind(2, after);
  while (select.executeStep()) {
    Trial trial;
    trial.number = select.getColumn(0).getInt64();
    FORECOST_TRY(trial.design, space.from_json(json::parse(select.getColumn(1).getString())));
    trial.state = find_state(select.getColumn(2).getString()).value_or(TrialState::failed);
    trial.reason = select.getColumn(3).getString();
    FORECOST_TRY(trial.metrics, metrics_from_json(json::parse(select.getColumn(4).getString())));
    trial.failure = select.getColumn(5).getString();
    trial.seconds = select.getColumn(6).getDouble();
    changes.revision = std::max<std::int64_t>(changes.revision, select.getColumn(7).getInt64());
    reports.bind(1, study);
    reports.bind(2, trial.number);
    while (reports.executeStep()) {
      FORECOST_TRY(Metrics metrics, metrics_from_json(json::parse(reports.getColumn(1).getString())));
      trial.reports.push_back({reports.getColumn(0).getInt64(), std::move(metrics)});
    }
    reports.reset();
    changes.trials.push_back(std::move(trial));
  }
  return changes;
}

}  // namespace forecost::search
