// SPDX-License-Identifier: Apache-2.0
/// Workers of a study as jobs of Slurm: one array job, each task of which runs the same command.
///
/// Slurm ends a job by SIGTERM, where it is pre-empted or its time is over, and by SIGKILL some seconds
/// later: a worker gives its trial back at the first, its lease runs out after the second. A job that was
/// pre-empted or lost its node is queued again and goes on with the study.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::search {

struct SlurmJob {
  std::string name;
  std::vector<std::string> command;  ///< of one worker: program and arguments
  int workers = 1;                   ///< tasks of the array
  std::string partition;             ///< empty: the cluster's default
  Seconds time_limit{0};             ///< of one worker; 0: the partition's
  std::vector<std::string> options;  ///< of sbatch, after all others
  std::filesystem::path folder;      ///< workers run and log there: NAME-JOB_TASK.log
};

/// The batch script: the worker takes the place of the shell, so that signals reach it.
std::string slurm_script(const SlurmJob& job);

/// Program and arguments that submit it.
std::vector<std::string> slurm_command(const SlurmJob& job);

/// The number of the job. Fails: `not_found` where there is no sbatch; `failed` with what sbatch says;
/// `exhausted` when it does not answer within a minute.
Result<std::string> submit(const SlurmJob& job, const device::System& system);

}  // namespace forecost::search
