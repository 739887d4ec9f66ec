// SPDX-License-Identifier: Apache-2.0
/// A machine that draws one power while it runs and another while it rests, and sensors that see it.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "forecost/device/sensor.h"
#include "forecost/measurement/energy_protocol.h"
#include "tests/device/fake_system.h"

namespace forecost::measurement::made_up {

class Metered {
 public:
  Metered() { system.step = from_microseconds(5); }

  device::FakeSystem system;
  double idle = 10;
  double active = 30;
  std::vector<std::string> order;  ///< of the loads that ran

  Load load(const std::string& name, Seconds time) {
    return {name, [this, name, time]() -> Status {
              order.push_back(name);
              settle();
              watts_ = active;
              system.advance(time);
              settle();
              watts_ = idle;
              return Done{};
            }};
  }

  /// Joules drawn until a time that is past.
  double joules_at(double time) {
    settle();
    auto after = std::upper_bound(points_.begin(), points_.end(), time,
                                  [](double t, const auto& point) { return t < point.first; });
    if (after == points_.end()) return points_.back().second;
    const auto& [t1, j1] = *after;
    if (after == points_.begin()) return j1;
    const auto& [t0, j0] = *std::prev(after);
    return j0 + (j1 - j0) * (time - t0) / (t1 - t0);
  }

  /// A powercap zone that counts it and wraps after `range` joules.
  void add_rapl(double range) {
    const std::string place = "/sys/class/powercap/intel-rapl:0/";
    system.files[place + "name"] = "package-0\n";
    system.files[place + "max_energy_range_uj"] = fmt::format("{:.0f}\n", range * 1e6);
    system.live[place + "energy_uj"] = [this, range](Seconds now) {
      const double updated = std::floor(now.value * 1e3) * 1e-3;
      return fmt::format("{:.0f}\n", std::fmod(joules_at(updated) * 1e6, range * 1e6));
    };
  }

 private:
  void settle() {
    const double now = system.time().value;
    if (points_.empty()) points_.emplace_back(0, 0);
    const auto [last, joules] = points_.back();
    if (now > last) points_.emplace_back(now, joules + (now - last) * watts_);
  }
  double watts_ = 10;
  std::vector<std::pair<double, double>> points_;
};

/// Says what a function of the time says, and may die.
class MadeUpSensor final : public device::Sensor {
 public:
  MadeUpSensor(const device::FakeSystem& system, device::SensorFacts facts,
               std::function<double(double)> value)
      : system_(system), facts_(std::move(facts)), value_(std::move(value)) {
    facts_.channels = {{"all", true}};
  }
  const device::SensorFacts& facts() const override { return facts_; }
  Result<device::Reading> read() override {
    const Seconds time = system_.now();
    if (time >= dies) return Error{Fault::failed, "the sensor died", facts_.name, "get another one"};
    const double value = value_(time.value);
    return device::Reading{.time = time, .took = Seconds(0), .total = value, .parts = {value}};
  }
  void marked(Seconds began) override { marks.push_back(began); }

  Seconds dies{1e9};
  std::vector<Seconds> marks;

 private:
  const device::FakeSystem& system_;
  device::SensorFacts facts_;
  std::function<double(double)> value_;
};

}  // namespace forecost::measurement::made_up
