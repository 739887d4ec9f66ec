// SPDX-License-Identifier: Apache-2.0
/// Notices what disturbs a measurement: other processes, the hypervisor, a slower clock.
#pragma once

#include <optional>

#include "forecost/device/system.h"

namespace forecost::measurement {

/// What happened during one block of runs.
struct Disturbance {
  double stolen = 0;       ///< seconds that the hypervisor took from all cores
  double foreign = 0;      ///< processor seconds of other processes beyond those of idle cores
  double slowdown = 0;     ///< 1 - canary rate / best canary rate seen
  bool disturbed = false;  ///< beyond the limits below: the block is measured again
};

/// Reads the machine before and after a block. The kernel counts processor time in ticks of 10 ms, so limits
/// are two ticks at least: 20 ms or 10 % of the block stolen, 20 ms or 25 % of it used by others on cores
/// that the measurement needs, a canary 8 % below the best. What others do on cores beyond `threads` does not
/// count.
class Watch {
 public:
  Watch(const device::System& system, int threads);
  void begin();
  Disturbance end();

 private:
  const device::System& system_;
  double free_cores_ = 0;
  double best_canary_ = 0;
  Seconds started_;
  Seconds own_;
  std::optional<device::CpuTimes> times_;
};

}  // namespace forecost::measurement
