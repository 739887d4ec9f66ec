// SPDX-License-Identifier: Apache-2.0
#include "app/slurm_workers.h"

#include <system_error>

#include <fmt/format.h>

#include "app/duration.h"
#include "app/studies.h"
#include "forecost/search/slurm_jobs.h"

namespace forecost::app {
namespace {

constexpr int most_tasks = 1000;  // of an array job, unless a cluster is told otherwise

Result<std::string> this_program() {
  std::error_code fault;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", fault);
  if (!fault) return program.string();
  return Error{Fault::failed, "this program cannot be named: " + fault.message(), "/proc/self/exe",
               "start the workers by hand with the same --study"};
}

}  // namespace

void add_slurm_options(CLI::App& command, SlurmOptions& options) {
  CLI::Option* slurm =
      command.add_flag("--slurm", options.wanted, "Submit the workers as an array job of Slurm, and end");
  command.add_option("--partition", options.partition, "Slurm's partition (default: the cluster's)")
      ->type_name("NAME")
      ->needs(slurm);
  command.add_option("--time-limit", options.time_limit, "Of each Slurm job (default: the partition's)")
      ->type_name("TIME")
      ->check(CLI::Validator(check_duration, ""))
      ->needs(slurm);
  command.add_option("--sbatch", options.options, "Further option of sbatch, such as --gres=gpu:1")
      ->type_name("OPTION")
      ->allow_extra_args(false)
      ->needs(slurm);
}

Status check(const SlurmOptions& options, const WorkerOptions& worker) {
  if (!options.wanted) return Done{};
  if (!is_shared(worker.store)) {
    return Error{Fault::bad_input, "workers of Slurm share a study in PostgreSQL", "--slurm",
                 "name the database with --study postgresql://user@host/database"};
  }
  if (worker.workers > most_tasks) {
    return Error{Fault::bad_input, fmt::format("an array job has at most {} tasks", most_tasks), "--workers",
                 "submit twice"};
  }
  return Done{};
}

Status submit_workers(const SlurmOptions& options, const WorkerOptions& worker, const Session& session) {
  FORECOST_TRY(const std::string program, this_program());
  search::SlurmJob job;
  job.name = worker.study;
  job.command = {program,
                 "--home",
                 std::filesystem::absolute(session.home).string(),
                 "search",
                 std::filesystem::absolute(worker.file).string(),
                 "--study",
                 worker.store,
                 "--lease",
                 worker.lease};
  if (worker.trials > 0) {
    job.command.insert(job.command.end(), {"--trials", std::to_string(worker.trials)});
  }
  job.workers = worker.workers;
  job.partition = options.partition;
  if (!options.time_limit.empty()) job.time_limit = *parse_duration(options.time_limit);
  job.options = options.options;
  job.folder = std::filesystem::current_path();
  FORECOST_TRY(const std::string number, search::submit(job, *session.system));

  report::Report report{
      .kind = "forecost.submission", .title = "study " + worker.study, .facts = {}, .tables = {}};
  report.facts.push_back({"study", "study", worker.study, report::Audience::machines});
  report.facts.push_back({"job", "Slurm job", number});
  report.facts.push_back({"workers", "workers", static_cast<std::int64_t>(worker.workers)});
  report.facts.push_back(
      {"logs", "logs", (job.folder / fmt::format("{}-{}_*.log", worker.study, number)).string()});
  report.facts.push_back({"look", "look at it with", "forecost study best " + worker.study + " --study ...",
                          report::Audience::people});
  return print(session, {report});
}

}  // namespace forecost::app
