// SPDX-License-Identifier: Apache-2.0
/// forecost search --slurm: the workers of a study as an array job.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/session.h"

namespace forecost::app {

struct SlurmOptions {
  bool wanted = false;
  std::string partition;
  std::string time_limit;            ///< a duration; empty: the partition's
  std::vector<std::string> options;  ///< of sbatch
};

/// Adds --slurm and what goes with it.
void add_slurm_options(CLI::App& command, SlurmOptions& options);

/// What each worker is told.
struct WorkerOptions {
  std::string study;  ///< its name
  std::filesystem::path file;
  std::string store;
  std::string lease;
  std::int64_t trials = 0;  ///< 0: as the file says
  int workers = 1;
};

/// Fails: `bad_input` where Slurm is wanted and the store is no PostgreSQL database, or workers are too many.
Status check(const SlurmOptions& options, const WorkerOptions& worker);

/// The study is entered already. Fails: as `search::submit` does.
Status submit_workers(const SlurmOptions& options, const WorkerOptions& worker, const Session& session);

}  // namespace forecost::app
