// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/watch.h"

#include <algorithm>

#include "forecost/device/canary.h"

namespace forecost::measurement {

Watch::Watch(const device::System& system, int threads)
    : system_(system),
      free_cores_(std::max(0.0, static_cast<double>(system.online_cores()) - threads)),
      best_canary_(device::canary_rate(system)) {}

void Watch::begin() {
  times_ = system_.cpu_times();
  own_ = system_.process_cpu_time();
  started_ = system_.now();
}

Disturbance Watch::end() {
  Disturbance seen;
  const double elapsed = (system_.now() - started_).value;
  const auto times = system_.cpu_times();
  if (times && times_) {
    seen.stolen = times->steal - times_->steal;
    const double own = (system_.process_cpu_time() - own_).value;
    seen.foreign = std::max(0.0, times->busy - times_->busy - own - free_cores_ * elapsed);
  }
  const double canary = device::canary_rate(system_);
  best_canary_ = std::max(best_canary_, canary);
  seen.slowdown = 1 - canary / best_canary_;
  constexpr double ticks = 0.0201;
  seen.disturbed = seen.stolen > std::max(ticks, 0.1 * elapsed) ||
                   seen.foreign > std::max(ticks, 0.25 * elapsed) || seen.slowdown > 0.08;
  return seen;
}

}  // namespace forecost::measurement
