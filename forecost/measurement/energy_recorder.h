// SPDX-License-Identifier: Apache-2.0
/// Lets several sensors watch one window.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "forecost/device/sensor.h"
#include "forecost/device/sensor_probe.h"
#include "forecost/measurement/energy_window.h"

namespace forecost::measurement {

/// A sensor and what became of it.
struct Watched {
  device::Sensor* sensor = nullptr;
  device::SensorProbe probe;
  std::optional<Error> dead;              ///< why it gives nothing any more
  std::vector<device::Reading> readings;  ///< of the present window

  Seconds period() const;  ///< measured, else documented; 0: not known
};

/// One window, by sensor; nothing where a sensor is dead.
struct Window {
  Seconds length;
  std::int64_t runs = 0;
  std::vector<std::optional<WindowEnergy>> energies;
};

class EnergyRecorder {
 public:
  /// Probes every sensor.
  EnergyRecorder(const device::System& system, std::span<const std::unique_ptr<device::Sensor>> sensors);

  /// Calls `run` until `length` is over, at least once. Power is read from another thread meanwhile, counters
  /// before, after, and between runs as often as their wrap demands.
  /// Fails with the first failure of `run`.
  Result<Window> record(const std::function<Status()>& run, Seconds length);

  /// Emits marker pulses where a sensor wants them: `run` by turns with rest, or, where a run is too long for
  /// a pulse, one core that computes.
  void mark(const std::function<Status()>& run);

  std::span<Watched> watched() { return watched_; }
  bool any_alive() const;
  Seconds slowest() const;  ///< period, averaging and duration of a reading of the slowest sensor that lives

 private:
  static void take(Watched& watched);
  static bool is_polled(const Watched& watched);
  void finish(Watched& watched, Seconds from, Seconds to, Window& window) const;

  const device::System& system_;
  std::vector<Watched> watched_;
};

}  // namespace forecost::measurement
