// SPDX-License-Identifier: Apache-2.0
/// Reads the energy or the power of a machine, or of a part of it. One file in sensors/, one line in
/// sensors.txt, one test.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

enum class Reads { energy, power };

/// A counter or a rail of a sensor.
struct Channel {
  std::string name;     ///< "package-0", "VDD_IN"
  bool counted = true;  ///< false: another channel contains it, or is contained in it
};

/// What is known of a sensor before it is read.
struct SensorFacts {
  std::string name;  ///< "rapl", "nvml:power"
  Reads reads = Reads::energy;
  std::string scope;  ///< what is read: "processor", "gpu 0", "board", "machine"; equal scopes overlap
  std::vector<Channel> channels;
  double resolution = 0;      ///< joules or watts of the smallest step; 0: not known
  Seconds period;             ///< between updates, as documented; 0: not known
  Seconds averaging;          ///< a power is the mean over so long before it; 0: of an instant
  Seconds longest_gap;        ///< a counter must be read at least so often to see it wrap; 0: it does not
  bool keeps_log = false;     ///< readings come from log(), after the fact
  bool wants_marker = false;  ///< the clock of the log is found by marker pulses
};

/// Energies are joules since the sensor was opened: they never fall, wraps are seen through. Powers are
/// watts.
struct Reading {
  Seconds time;               ///< of System::now()
  Seconds took;               ///< `time` is uncertain by half of it
  double total = 0;           ///< of the channels that count
  std::vector<double> parts;  ///< of all channels, in their order
};

class Sensor {
 public:
  virtual ~Sensor() = default;
  virtual const SensorFacts& facts() const = 0;
  /// Not from two threads at once. Fails with what became of the source: gone, garbage, too slow.
  virtual Result<Reading> read() = 0;
  /// For sensors that keep a log: what was read between two times of System::now(), which are past, and the
  /// nearest reading on either side. Fails: `exhausted` when the log does not reach `to`.
  virtual Result<std::vector<Reading>> log(Seconds from, Seconds to);
  /// For sensors that want a marker: its first pulse began then.
  virtual void marked(Seconds) {}
  /// What else tells about a measurement: "clock_mhz", "temperature_c", "throttle_reasons" (bits).
  virtual std::map<std::string, double> conditions() { return {}; }
};

struct SensorCard {
  std::string_view name;
  std::string_view summary;
  std::vector<std::string> arguments;  ///< tried by find_sensors(); others are given by the user
  /// Fails: `not_found` where there is none, `permission` where it may not be read; `what` is the reason and
  /// the hint the command or option that helps. The system must outlive the sensor.
  Result<std::unique_ptr<Sensor>> (*open)(const System& system, const std::string& argument) = nullptr;
};

/// Best first.
const std::vector<SensorCard>& sensor_list();

/// "rapl", "hwmon:VDD_IN", "trace:meter.csv". Fails as SensorCard::open; `not_found` for an unknown name.
Result<std::unique_ptr<Sensor>> open_sensor(const System& system, std::string_view text);

struct AbsentSensor {
  std::string name;
  Error why;
};

/// What this machine has by itself, best first, and why the rest is absent.
struct SensorsHere {
  std::vector<std::unique_ptr<Sensor>> present;
  std::vector<AbsentSensor> absent;
};
SensorsHere find_sensors(const System& system);

/// "rapl absent, nvml absent, ...": the names of what is absent.
std::string absence_text(const std::vector<AbsentSensor>& absent);

/// A number that fills the text but for blanks, as the kernel writes it. Fails: `bad_input`, `source` is
/// where.
Result<double> number_in(std::string_view text, const std::string& source);

}  // namespace forecost::device
