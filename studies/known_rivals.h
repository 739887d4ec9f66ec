// SPDX-License-Identifier: Apache-2.0
/// Other optimizers on the problems of this program, which answers their designs (`--describe`, `--serve`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "forecost/search/space.h"

namespace forecost::studies {

struct RivalRun {
  std::vector<search::Design> designs;  ///< in order, those that were trials
  double seconds = 0;                   ///< CPU time of the optimizer itself
};

struct RivalTask {
  std::string problem;
  std::string sampler;  ///< "gp", "tpe", "nsga2", "random" of Optuna
  std::uint64_t seeds = 10;
  std::size_t trials = 100;
};

/// One run per seed 1 ... seeds by rivals/optuna_runner.py in the build folder's venv-rivals, which
/// tools/rivals.sh makes; one process per core. Fewer where one fails.
std::vector<RivalRun> run_rivals(const RivalTask& task, const search::Space& space);

/// What `--describe` prints: parameters, objectives and limits.
std::string description(const search::Space& space, const std::vector<std::string>& objectives,
                        const std::vector<std::string>& limits);

}  // namespace forecost::studies
