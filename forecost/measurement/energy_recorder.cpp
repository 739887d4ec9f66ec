// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/energy_recorder.h"

#include <algorithm>
#include <utility>

#include "forecost/device/power_trace.h"

namespace forecost::measurement {
namespace {

constexpr Seconds least_poll = from_milliseconds(2);
constexpr Seconds longest_poll{0.1};
constexpr Seconds poll_of_unknown = from_milliseconds(10);

Seconds poll_of(const Watched& watched) {
  const Seconds period = watched.period();
  return period.value <= 0 ? poll_of_unknown : std::clamp(period * 0.5, least_poll, longest_poll);
}

}  // namespace

Seconds Watched::period() const {
  return probe.period.value_or(sensor->facts().period);
}

EnergyRecorder::EnergyRecorder(const device::System& system,
                               std::span<const std::unique_ptr<device::Sensor>> sensors)
    : system_(system) {
  for (const auto& sensor : sensors) {
    Watched watched{.sensor = sensor.get()};
    auto probe = device::probe(system, *sensor);
    if (probe) {
      watched.probe = *std::move(probe);
    } else {
      watched.dead = probe.error();
    }
    watched_.push_back(std::move(watched));
  }
}

bool EnergyRecorder::any_alive() const {
  return std::any_of(watched_.begin(), watched_.end(),
                     [](const Watched& watched) { return !watched.dead.has_value(); });
}

Seconds EnergyRecorder::slowest() const {
  Seconds slowest;
  for (const Watched& watched : watched_) {
    if (!watched.dead)
      slowest =
          std::max(slowest, watched.period() + watched.sensor->facts().averaging + watched.probe.overhead);
  }
  return slowest;
}

void EnergyRecorder::take(Watched& watched) {
  if (watched.dead || watched.sensor->facts().keeps_log) return;
  auto reading = watched.sensor->read();
  if (reading) {
    watched.readings.push_back(*std::move(reading));
  } else {
    watched.dead = reading.error();
  }
}

bool EnergyRecorder::is_polled(const Watched& watched) {
  const device::SensorFacts& facts = watched.sensor->facts();
  return facts.reads == device::Reads::power && !facts.keeps_log;
}

Result<Window> EnergyRecorder::record(const std::function<Status()>& run, Seconds length) {
  for (Watched& watched : watched_) {
    watched.readings.clear();
    take(watched);
  }
  std::vector<std::unique_ptr<device::Repetition>> polls;
  for (Watched& watched : watched_) {
    if (!is_polled(watched) || watched.dead) continue;
    polls.push_back(system_.repeat(poll_of(watched), [&watched] { take(watched); }));
  }
  Window window;
  const Seconds from = system_.now();
  Seconds to = from;
  while (window.runs == 0 || to - from < length) {
    FORECOST_TRY([[maybe_unused]] const Done ran, run());
    ++window.runs;
    to = system_.now();
    for (Watched& watched : watched_) {
      const Seconds gap = watched.sensor->facts().longest_gap;
      if (is_polled(watched) || gap.value <= 0 || watched.readings.empty()) continue;
      if (to - watched.readings.back().time > gap * 0.5) take(watched);
    }
  }
  polls.clear();  // waits for their last reading
  for (Watched& watched : watched_) take(watched);
  window.length = to - from;
  for (Watched& watched : watched_) finish(watched, from, to, window);
  return window;
}

void EnergyRecorder::finish(Watched& watched, Seconds from, Seconds to, Window& window) const {
  window.energies.emplace_back();
  if (watched.dead) return;
  if (watched.sensor->facts().keeps_log) {
    auto log = watched.sensor->log(from, to);
    if (!log) {
      watched.dead = log.error();
      return;
    }
    watched.readings = *std::move(log);
  }
  device::SensorFacts facts = watched.sensor->facts();
  facts.period = watched.period();
  auto energy = window_energy(facts, watched.readings, from, to);
  if (energy) {
    window.energies.back() = *std::move(energy);
  } else {
    watched.dead = energy.error();
  }
}

void EnergyRecorder::mark(const std::function<Status()>& run) {
  const bool wanted = std::any_of(watched_.begin(), watched_.end(), [](const Watched& watched) {
    return watched.sensor->facts().wants_marker;
  });
  if (!wanted) return;
  const Seconds start = system_.now();
  const bool ran = run().has_value();
  const bool is_short = ran && system_.now() - start < device::marker_pulse * 0.2;
  system_.sleep(device::marker_pulse);
  const Seconds began = system_.now();
  Seconds end = began;
  for (const bool loaded : device::marker) {
    end += device::marker_pulse;
    if (!loaded) system_.sleep(end - system_.now());
    while (system_.now() < end) {
      if (is_short && !run()) break;
    }
  }
  system_.sleep(device::marker_pulse);
  for (const Watched& watched : watched_) watched.sensor->marked(began);
}

}  // namespace forecost::measurement
