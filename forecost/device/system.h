// SPDX-License-Identifier: Apache-2.0
/// The one door to the machine: clocks, files, processor state. Tests pass a fake through it.
#pragma once

#include <cstdint>
#include <filesystem>
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

class System {
 public:
  virtual ~System() = default;
  virtual Seconds now() const = 0;              ///< monotonic
  virtual Seconds thread_cpu_time() const = 0;  ///< of the calling thread
  virtual Seconds process_cpu_time() const = 0;
  virtual std::int64_t unix_time() const = 0;  ///< seconds since 1970, for provenance
  virtual std::optional<CpuTimes> cpu_times() const = 0;
  virtual std::optional<double> frequency_mhz(int core) const = 0;  ///< empty in most virtual machines
  virtual std::int64_t involuntary_switches() const = 0;            ///< of this process so far
  virtual Bytes resident_peak() const = 0;                          ///< VmHWM of this process
  virtual Status reset_resident_peak() const = 0;  ///< so that the next resident_peak() is of what follows
  virtual Bytes resident_now() const = 0;
  virtual Result<std::string> read_text(const std::filesystem::path& file) const = 0;
  virtual std::optional<std::string> environment(const std::string& name) const = 0;
  virtual std::vector<int> allowed_cores() const = 0;
  virtual int online_cores() const {
    return static_cast<int>(allowed_cores().size());
  }  ///< of the whole machine
};

/// The machine that this process runs on. Stateless: all instances are equal.
std::unique_ptr<System> this_machine();

}  // namespace forecost::device
