// SPDX-License-Identifier: Apache-2.0
/// Measures energy with every sensor at once.
///
/// Idle power is read before all and after all. Each load is warmed up, then run without a pause in windows
/// that are interleaved over the loads (A B C A B C ...) and begin at random within an update period, so that
/// a sensor that looks away for part of the time does not look away at the same place of every run. Windows
/// are as long as the slowest sensor needs, and repeated until the standard error of the energy holds. A
/// sensor that dies ends with its error; the others go on.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "forecost/device/sensor.h"
#include "forecost/measurement/energy.h"
#include "forecost/measurement/measure.h"

namespace forecost::measurement {

struct EnergyProtocol {
  double target = 0.02;        ///< standard error of the energy, relative
  Seconds idle{5};             ///< before and after
  Seconds warmup{0.5};         ///< and as long as the sensor averages
  Seconds least_window{0.5};   ///< the first window of a load is so long and only tells its power
  Seconds longest_window{30};  ///< at least one run
  int windows = 3;             ///< at least, per load
  int most_windows = 10;       ///< also when the error does not hold
};

/// Something that is run again and again.
struct Load {
  std::string name;
  std::function<Status()> run;
};

struct EnergyBench {
  const device::System& system;
  std::span<const std::unique_ptr<device::Sensor>> sensors;
  std::function<bool()> stop = [] { return false; };  ///< asked between windows
};

/// One Result per sensor, in order.
using EnergyBySensor = std::vector<Result<Energy>>;

/// One entry per load, in order. A load that fails has its error for every sensor and does not stop the
/// others; `interrupted` where `stop` came before a load had its windows. Takes 2 x idle + loads x windows x
/// window length; a sensor that wants a marker, 7 s more.
std::vector<EnergyBySensor> measure_energy(const EnergyBench& bench, std::span<const Load> loads,
                                           const EnergyProtocol& protocol = {});

/// The network of an item, opened without a profiler. Fails as Runner::open().
Result<Load> load_of(const Bench& bench, const Item& item);

}  // namespace forecost::measurement
