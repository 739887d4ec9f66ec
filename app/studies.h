// SPDX-License-Identifier: Apache-2.0
/// Where studies are kept, and what is known of one from its stored definition.
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/session.h"
#include "forecost/search/study_file.h"
#include "forecost/search/study_setup.h"
#include "forecost/search/study_store.h"

namespace forecost::app {

/// Adds --study.
void add_store_option(CLI::App& command, std::string& where);

/// Whether `where` is a database that machines share: postgresql://...
bool is_shared(const std::string& where);

/// `where`: a file, or postgresql://...; empty: studies.sqlite of the home folder. Inside a job of Slurm, a
/// database that does not answer is waited for, for a minute.
Result<std::unique_ptr<search::StudyStore>> open_store(const Session& session, const std::string& where);

/// Predictors of the devices that the study's limits and objectives name.
Result<search::Predictors> predictors_of(const Session& session, const search::StudyFile& study);

/// A stored study with all its trials.
struct StoredStudy {
  search::StudyInfo info;
  search::StudyFile file;
  search::Problem problem;  ///< without forecasts
  std::vector<search::Trial> trials;
};
Result<StoredStudy> load_study(search::StudyStore& store, const std::string& name);

}  // namespace forecost::app
