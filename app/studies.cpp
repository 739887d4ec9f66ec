// SPDX-License-Identifier: Apache-2.0
#include "app/studies.h"

#include <utility>

#include "app/forecasts.h"

namespace forecost::app {

void add_store_option(CLI::App& command, std::string& where) {
  command.add_option("--study", where, "Where studies are kept (default: studies.sqlite in the home folder)")
      ->type_name("FILE|postgresql://...");
}

bool is_shared(const std::string& where) {
  return where.starts_with("postgresql://") || where.starts_with("postgres://");
}

Result<std::unique_ptr<search::StudyStore>> open_store(const Session& session, const std::string& where) {
  if (is_shared(where)) {
    const bool in_job = session.system->environment("SLURM_JOB_ID").has_value();
    return search::open_postgresql(where, Seconds(in_job ? 60 : 0));
  }
  return search::open_sqlite(where.empty() ? session.home / "studies.sqlite" : std::filesystem::path(where));
}

Result<search::Predictors> predictors_of(const Session& session, const search::StudyFile& study) {
  search::Predictors predictors;
  for (const search::KnownSource& source : study.known) {
    if (source.kind != search::KnownSource::Kind::cost || source.device.empty()) continue;
    if (predictors.contains(source.device)) continue;
    FORECOST_TRY(std::unique_ptr<predictor::Predictor> predictor, predictor_of(session, source.device, ""));
    predictors.emplace(source.device, std::move(predictor));
  }
  return predictors;
}

Result<StoredStudy> load_study(search::StudyStore& store, const std::string& name) {
  StoredStudy stored;
  FORECOST_TRY(stored.info, store.find(name));
  FORECOST_TRY(stored.file, search::parse_study(stored.info.definition, name));
  stored.problem = search::judging_problem(stored.file);
  FORECOST_TRY(search::Changes changes, store.changes(stored.info.id, stored.problem.space, 0));
  stored.trials = std::move(changes.trials);
  return stored;
}

}  // namespace forecost::app
