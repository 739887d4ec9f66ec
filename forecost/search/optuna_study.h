// SPDX-License-Identifier: Apache-2.0
/// Studies in Optuna's SQLite storage, as Optuna 3.2 to 4.x keep them (schema 12, alembic v3.2.0.a;
/// docs/formats/optuna.md). A study that was written here and read again is the same, bit for bit, but for
/// times of day.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"
#include "forecost/search/study_store.h"

namespace forecost::search {

/// What is written: `problem` judges the trials, see judging_problem.
struct OptunaExport {
  const StudyInfo& study;
  const Problem& problem;
  std::span<const Trial> trials;
};

/// Adds a study to a file, which is made where there is none. One transaction. Fails: `bad_input` where the
/// file is not Optuna's or has a study of that name; `unsupported` for another schema; `permission`.
Status write_optuna(const OptunaExport& what, const std::filesystem::path& file);

struct OptunaImport {
  std::string name;
  std::uint64_t seed = 1;
  std::string definition;     ///< a study file: the one that was exported, else made from the trials
  Space space;                ///< of the definition
  std::vector<Trial> trials;  ///< numbered anew, without gaps
  std::int64_t left_out = 0;  ///< trials that never got a whole design
};

/// `name` may be empty where the file holds one study. Fails: `not_found`, the hint names the studies there
/// are; `unsupported` for another schema, or parameters that are missing in trials for no value of another
/// one.
Result<OptunaImport> read_optuna(const std::filesystem::path& file, const std::string& name);

}  // namespace forecost::search
