// SPDX-License-Identifier: Apache-2.0
/// Other optimizers on the problems of this program, which answers their designs (`--describe`, `--serve`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  std::uint64_t seed = 1;
  std::size_t trials = 100;
};

/// Runs rivals/optuna_runner.py in the build folder's venv-rivals, which tools/rivals.sh makes. Nothing where
/// it fails. May run beside others.
std::optional<RivalRun> run_rival(const RivalTask& task, const search::Space& space);

/// One run per seed 1 ... seeds, one process per core. Fewer where one fails.
std::vector<RivalRun> run_rivals(RivalTask task, const search::Space& space, std::uint64_t seeds);

/// What `--describe` prints: parameters, objectives and limits.
std::string description(const search::Space& space, const std::vector<std::string>& objectives,
                        const std::vector<std::string>& limits);

}  // namespace forecost::studies
