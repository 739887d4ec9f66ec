// SPDX-License-Identifier: Apache-2.0
/// What only reading a sensor tells: how often it is updated, and what a reading costs.
#pragma once

#include <optional>

#include "forecost/device/sensor.h"

namespace forecost::device {

struct SensorProbe {
  std::optional<Seconds> period;  ///< median time between changes; nothing with fewer than five
  Seconds overhead;               ///< median duration of a reading
  Watts power;                    ///< mean while it was probed
  double noise = 0;               ///< of power samples: deviation / mean
};

/// Reads as fast as it can until 50 changes or `longest` are over. A sensor that keeps a log is read once.
/// Fails as Sensor::read().
Result<SensorProbe> probe(const System& system, Sensor& sensor, Seconds longest = Seconds(2));

}  // namespace forecost::device
