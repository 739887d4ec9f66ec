// SPDX-License-Identifier: Apache-2.0
/// Other optimizers on the problems of this program, which answers their designs (`--describe`, `--serve`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "forecost/search/problem.h"
#include "kept_runs.h"

namespace forecost::studies {

struct RivalTask {
  std::string problem;
  std::string sampler;  ///< "gp", "tpe", "nsga2", "random" of Optuna; "botorch"
  std::uint64_t seeds = 10;
  std::size_t trials = 100;
  std::string mark;  ///< what the runs depend on: see KeptRuns
};

struct RivalRule {
  std::size_t processes = 0;  ///< at once; 0: one for each core
  bool kept_only = false;     ///< runs that are not kept are left out instead of made
};

/// One run per seed 1 ... seeds, in this order, as many as are kept or go well: by rivals/optuna_runner.py or
/// rivals/botorch_runner.py in the build folder's venv-rivals, which tools/rivals.sh makes. Each is kept as
/// soon as it ends.
std::vector<RivalRun> run_rivals(const RivalTask& task, const search::Space& space, KeptRuns& kept,
                                 const RivalRule& rule);

/// FORECOST_STUDY_WIDTH (processes at once) and FORECOST_STUDY_RIVAL_RUNS ("kept": those in the file only).
RivalRule rival_rule();

/// <build folder>/study/rivals/<study>.jsonl
std::filesystem::path file_of_rivals(const std::string& study);

/// "optuna_gp", "botorch": how tables and figures call a sampler.
std::string rival_name(const std::string& sampler);

/// What `--describe` prints: parameters, objectives, limits, and the worst value of each objective that is
/// worth something where there are several.
std::string description(const search::Problem& problem);

}  // namespace forecost::studies
