// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/slurm_jobs.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "forecost/device/child_process.h"

namespace forecost::search {
namespace {

using device::ChildProcess;
using device::Ending;

constexpr int step_milliseconds = 50;
constexpr Seconds patience{60};

/// For a POSIX shell.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string time_text(Seconds time) {
  const auto seconds = static_cast<std::int64_t>(std::ceil(time.value));
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// "123" or "123;cluster".
std::optional<std::string> job_number(const std::string& line) {
  const std::string number = line.substr(0, line.find(';'));
  const bool digits = !number.empty() &&
                      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string slurm_script(const SlurmJob& job) {
  std::string script = "#!/bin/sh\nexec";
  for (const std::string& word : job.command) script += " " + quoted(word);
  return script + "\n";
}

std::vector<std::string> slurm_command(const SlurmJob& job) {
  std::vector<std::string> words{"sbatch",
                                 "--parsable",
                                 "--requeue",
                                 "--open-mode=append",
                                 "--job-name=" + job.name,
                                 fmt::format("--array=0-{}", job.workers - 1),
                                 fmt::format("--output={}-%A_%a.log", job.name)};
  if (!job.folder.empty()) words.push_back("--chdir=" + job.folder.string());
  if (!job.partition.empty()) words.push_back("--partition=" + job.partition);
  if (job.time_limit.value > 0) words.push_back("--time=" + time_text(job.time_limit));
  words.insert(words.end(), job.options.begin(), job.options.end());
  return words;
}

Result<std::string> submit(const SlurmJob& job, const device::System& system) {
  FORECOST_EXPECTS(job.workers >= 1 && !job.command.empty(), "a command for at least one worker");
  Result<ChildProcess> sbatch = ChildProcess::start(slurm_command(job), {}, slurm_script(job));
  if (!sbatch) {
    return Error{Fault::not_found, "sbatch cannot be run: " + sbatch.error().what, "Slurm",
                 "run this where Slurm's sbatch is, or start the workers by hand with the same --study"};
  }
  std::optional<std::string> number;
  const auto hear = [&number](const std::string& line) {
    if (!number) number = job_number(line);
  };
  const Seconds started = system.now();
  std::optional<Ending> ending;
  while (!(ending = sbatch->wait(step_milliseconds, hear))) {
    if (system.now() - started > patience) {
      return Error{Fault::exhausted, fmt::format("sbatch did not answer within {}", to_text(patience)),
                   "Slurm", "check with squeue whether the job was taken, and that slurmctld runs"};
    }
  }
  if (ending->signal != 0 || ending->exit_code != 0 || !number) {
    const std::string said = sbatch->last_words();
    return Error{
        Fault::failed,
        "sbatch refused the job: " + (said.empty() ? fmt::format("exit code {}", ending->exit_code) : said),
        "Slurm", "check --partition, --time-limit and --sbatch against sinfo"};
  }
  return *number;
}

}  // namespace forecost::search
