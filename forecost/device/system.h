// SPDX-License-Identifier: Apache-2.0
/// The one door to the machine: clocks, files, processor state. Tests pass a fake through it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

/// Processor time since boot, all cores together, in seconds.
struct CpuTimes {
  double busy = 0;   ///< user + nice + system + irq + softirq
  double steal = 0;  ///< taken by the hypervisor
  double idle = 0;
};

/// Work that is repeated until the object goes; its destructor waits for the last.
class Repetition {
 public:
  virtual ~Repetition() = default;
};

/// What has a body below is so on a machine without folders, programs and threads.
class System {
 public:
  virtual ~System() = default;
  virtual Seconds now() const = 0;              ///< monotonic
  virtual Seconds thread_cpu_time() const = 0;  ///< of the calling thread
  virtual Seconds process_cpu_time() const = 0;
  virtual std::int64_t unix_time() const = 0;  ///< seconds since 1970, for provenance
  /// Since 1970, as exact as the machine knows it; may jump when the clock is set.
  virtual Seconds wall_clock() const { return Seconds(static_cast<double>(unix_time())); }
  virtual void sleep(Seconds) const {}
  /// Calls `work` from another thread, first after one period. Work that takes longer delays the next.
  virtual std::unique_ptr<Repetition> repeat(Seconds period, std::function<void()> work) const;
  virtual std::optional<CpuTimes> cpu_times() const = 0;
  virtual std::optional<double> frequency_mhz(int core) const = 0;  ///< empty in most virtual machines
  virtual std::int64_t involuntary_switches() const = 0;            ///< of this process so far
  virtual Bytes resident_peak() const = 0;                          ///< VmHWM of this process
  virtual Status reset_resident_peak() const = 0;  ///< so that the next resident_peak() is of what follows
  virtual Bytes resident_now() const = 0;
  virtual Result<std::string> read_text(const std::filesystem::path& file) const = 0;
  /// Names in a folder, sorted, without their path. Fails as read_text.
  virtual Result<std::vector<std::string>> list_folder(const std::filesystem::path& folder) const;
  /// What a shell command writes to standard output. Fails: `exhausted` when it takes longer, then it is
  /// ended; `failed` when it cannot be started or does not end with 0, with its last words.
  virtual Result<std::string> run_program(const std::string& command, Seconds longest) const;
  virtual std::optional<std::string> environment(const std::string& name) const = 0;
  virtual std::vector<int> allowed_cores() const = 0;
  virtual int online_cores() const {
    return static_cast<int>(allowed_cores().size());
  }  ///< of the whole machine
};

/// The machine that this process runs on. Stateless: all instances are equal.
std::unique_ptr<System> this_machine();

}  // namespace forecost::device
