// SPDX-License-Identifier: Apache-2.0
/// Energy between two times from a sensor's readings, and how exact it is. Pure.
#pragma once

#include <span>
#include <vector>

#include "forecost/device/sensor.h"

namespace forecost::measurement {

/// What decides how long a window must be.
struct WindowNoise {
  Seconds period;    ///< between the sensor's updates
  Seconds took;      ///< by a reading
  double noise = 0;  ///< deviation of one power sample / its mean; 0 for counters
  Watts power;
};

/// Relative standard error of one window of length W, from the sensor alone. A counter is up to one period
/// old at either end, its step is `resolution`, and its time is uncertain by `took`:
///   counter: sqrt((period^2 + took^2 + (resolution / power)^2) / 6) / W
/// Power samples are W / period values of deviation `noise` (at the coarsest, one), with ends as of a counter
/// whose period has the sensor's averaging added:
///   samples: sqrt(noise^2 period / W + ((period + averaging)^2 + took^2) / (6 W^2))
double window_error(const device::SensorFacts& facts, const WindowNoise& noise, Seconds window);

/// The window whose standard error is `relative`. 0 where the sensor adds no error.
Seconds window_for(const device::SensorFacts& facts, const WindowNoise& noise, double relative);

/// 95 % of windows err by less than this times the standard error: two ends, each evenly distributed, have a
/// triangular sum.
inline constexpr double within_95_percent = 1.902;

struct WindowEnergy {
  Joules energy;              ///< of the channels that count
  std::vector<double> parts;  ///< joules by channel
  std::size_t samples = 0;
  double noise = 0;  ///< of power samples: deviation / mean inside the window
};

/// Counters: what was counted between the first and the last reading, per time between them, times to - from.
/// Powers: each stands for the time half way to its neighbours, the first and last to the ends.
/// Fails: `failed` with fewer than two readings, when an energy falls or a time goes back, when a counter was
/// not read for so long that it may have wrapped unseen, or when samples miss more than a tenth of the window
/// and three periods on end. O(readings).
Result<WindowEnergy> window_energy(const device::SensorFacts& facts,
                                   std::span<const device::Reading> readings, Seconds from, Seconds to);

}  // namespace forecost::measurement
