// SPDX-License-Identifier: Apache-2.0
/// A cluster of one node that lives as long as a test: munged, slurmctld and slurmd on loopback, all files in
/// one folder. A guard process holds them; when the object goes, or the test dies in any way, the guard kills
/// them and the jobs they started, by process id.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <sys/types.h>

namespace forecost::app_tests {

class SlurmCluster {
 public:
  /// What this machine lacks for one; empty: nothing.
  static std::string missing();

  /// 8 processors, whatever the machine has; partition `main`, whose jobs are queued again when one of
  /// `urgent` needs their place. Sets SLURM_CONF.
  explicit SlurmCluster(const std::filesystem::path& folder);
  ~SlurmCluster();
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  bool ready() const { return ready_; }
  /// The last lines of the daemons' logs, for messages.
  std::string logs() const;

 private:
  std::filesystem::path folder_;
  int leash_ = -1;  ///< the guard acts when this pipe closes
  pid_t guard_ = -1;
  bool ready_ = false;
};

/// Standard output of a shell command.
std::string output_of(const std::string& command);

/// Asks every tenth of a second until yes; false after two minutes, for what hangs.
bool comes_true(const std::function<bool()>& question);

}  // namespace forecost::app_tests
