// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/sensor_probe.h"

#include <cmath>
#include <utility>

#include "forecost/numeric/statistics.h"

namespace forecost::device {
namespace {

constexpr std::size_t enough_changes = 50;
constexpr std::size_t fewest_changes = 5;

Result<SensorProbe> of_log(Sensor& sensor) {
  FORECOST_TRY(const Reading reading, sensor.read());
  SensorProbe probe{.period = sensor.facts().period, .overhead = reading.took, .power = Watts(reading.total)};
  if (probe.period->value <= 0) probe.period.reset();
  return probe;
}

}  // namespace

Result<SensorProbe> probe(const System& system, Sensor& sensor, Seconds longest) {
  if (sensor.facts().keeps_log) return of_log(sensor);
  FORECOST_TRY(const Reading first, sensor.read());
  Reading last = first;
  std::vector<double> changes, costs, values{first.total};
  std::optional<Seconds> changed;
  while (changes.size() < enough_changes && system.now() - first.time < longest) {
    FORECOST_TRY(Reading reading, sensor.read());
    costs.push_back(reading.took.value);
    if (reading.parts != last.parts) {
      if (changed) changes.push_back((reading.time - *changed).value);
      changed = reading.time;
      values.push_back(reading.total);
    }
    last = std::move(reading);
  }
  SensorProbe probe;
  if (changes.size() >= fewest_changes) probe.period = Seconds(numeric::median(changes));
  if (!costs.empty()) probe.overhead = Seconds(numeric::median(std::move(costs)));
  const Seconds time = last.time - first.time;
  if (sensor.facts().reads == Reads::energy) {
    if (time.value > 0) probe.power = Watts((last.total - first.total) / time.value);
    return probe;
  }
  const double mean = numeric::mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  probe.power = Watts(mean);
  if (mean > 0) probe.noise = std::sqrt(squares / static_cast<double>(values.size())) / mean;
  return probe;
}

}  // namespace forecost::device
