// SPDX-License-Identifier: Apache-2.0
#include "app/energies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/duration.h"
#include "app/measures.h"
#include "forecost/device/sensor_probe.h"
#include "forecost/measurement/energy_window.h"

namespace forecost::app {
namespace {

constexpr const char* power_example = "write it as idle=5W,active=12W";

report::Value seconds_or_nothing(Seconds time) {
  return time.value > 0 ? report::Value(time) : report::Value();
}

/// "package-0 + package-0/dram (package-0/core)": what counts, and what is in or around it.
std::string channels_text(const std::vector<device::Channel>& channels) {
  std::string counted, others;
  for (const device::Channel& channel : channels) {
    std::string& text = channel.counted ? counted : others;
    if (!text.empty()) text += channel.counted ? " + " : ", ";
    text += channel.name;
  }
  return others.empty() ? counted : fmt::format("{} ({})", counted, others);
}

std::vector<report::Value> present_row(const device::System& system, device::Sensor& sensor) {
  const device::SensorFacts& facts = sensor.facts();
  const std::string reads = facts.reads == device::Reads::energy ? "energy" : "power";
  const auto probe = device::probe(system, sensor);
  if (!probe) {
    return {facts.name,
            std::string("broken"),
            reads,
            facts.scope,
            channels_text(facts.channels),
            {},
            {},
            {},
            {},
            probe.error().what,
            probe.error().hint};
  }
  measurement::WindowNoise noise{.period = probe->period.value_or(facts.period), .took = probe->overhead};
  noise.power = probe->power;
  noise.noise = probe->noise;
  const Seconds window = measurement::window_for(facts, noise, 0.01 / measurement::within_95_percent);
  return {facts.name,
          std::string("present"),
          reads,
          facts.scope,
          channels_text(facts.channels),
          seconds_or_nothing(probe->period.value_or(Seconds(0))),
          probe->overhead,
          noise.period.value > 0 ? seconds_or_nothing(window) : report::Value(),
          probe->power.value,
          {},
          {}};
}

/// The energies of one item by sensor, good ones; the rest are warnings.
std::vector<measurement::Energy> good_ones(measurement::EnergyBySensor& by_sensor, const std::string& name,
                                           double target, std::vector<Warning>& warnings) {
  std::vector<measurement::Energy> energies;
  for (auto& result : by_sensor) {
    if (!result) {
      const Error& error = result.error();
      const std::string where = error.where.empty() ? "" : fmt::format(" ({})", error.where);
      warnings.push_back(
          {fmt::format("energy of {} was not measured: {}{}", name, error.what, where), error.hint});
      continue;
    }
    if (result->standard_error > target) {
      warnings.push_back({fmt::format("the energy of {} by {} is known to {:.1f} % only", name,
                                      result->sensor, result->standard_error * 100),
                          "close other programs, or measure with another sensor"});
    }
    if (result->disagreement && std::abs(*result->disagreement) > 0.05) {
      warnings.push_back({fmt::format("{} disagrees by {:+.1f} % about the energy of {}", result->sensor,
                                      *result->disagreement * 100, name),
                          "trust a counter more than samples, and a meter more than either"});
    }
    energies.push_back(*std::move(result));
  }
  return energies;
}

}  // namespace

void add_declared_power(CLI::App& command, std::string& declared) {
  const CLI::Validator powers(
      [](std::string& text) {
        const auto parsed = parse_declared_power(text);
        return parsed ? std::string() : parsed.error().what + "; " + parsed.error().hint;
      },
      "");
  command.add_option("--declared-power", declared, "Energy by powers that you know: idle=5W,active=12W")
      ->type_name("POWERS")
      ->check(powers);
}

void add_energy_options(CLI::App& command, EnergyOptions& options) {
  command
      .add_option("--sensor", options.sensors,
                  "Read energy with this sensor, as rapl, hwmon:VDD_IN, trace:meter.csv (default: all here)")
      ->allow_extra_args(false);
  add_declared_power(command, options.declared);
  command
      .add_option("--idle-time", options.idle, "How long idle power is read, before and after (default 5s)")
      ->type_name("TIME")
      ->check(CLI::Validator(check_duration, ""));
  command.add_flag("--no-energy", options.none, "Do not read sensors");
}

Result<measurement::DeclaredPower> parse_declared_power(const std::string& text) {
  std::optional<double> idle, active;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const auto part = named_value(text.substr(begin, end - begin));
    const bool is_idle = part && part->first == "idle";
    if (!part || (!is_idle && part->first != "active")) {
      return Error{Fault::bad_input, fmt::format("'{}' declares no powers", text), "", power_example};
    }
    FORECOST_TRY(const double watts, measured(part->second, Measure::power));
    (is_idle ? idle : active) = watts;
    begin = end + 1;
  }
  if (!idle || !active) {
    return Error{Fault::bad_input, fmt::format("'{}' lacks idle or active", text), "", power_example};
  }
  if (*active < *idle) {
    return Error{Fault::bad_input, "active draws less than idle", "", power_example};
  }
  return measurement::DeclaredPower{Watts(*idle), Watts(*active)};
}

std::string EnergyPlace::why_none(const EnergyOptions& options) const {
  if (options.none) return "not measured (--no-energy)";
  if (!sensors.present.empty()) return "not measured";
  return fmt::format("not measured (no sensor: {})", device::absence_text(sensors.absent));
}

Result<EnergyPlace> energy_place(const Session& session, const EnergyOptions& options) {
  EnergyPlace place;
  if (!options.declared.empty()) {
    FORECOST_TRY(place.declared, parse_declared_power(options.declared));
  }
  if (options.none) return place;
  if (options.sensors.empty()) {
    place.sensors = device::find_sensors(*session.system);
    return place;
  }
  for (const std::string& name : options.sensors) {
    FORECOST_TRY(auto sensor, device::open_sensor(*session.system, name));
    place.sensors.present.push_back(std::move(sensor));
  }
  return place;
}

std::vector<std::vector<measurement::Energy>> energies_of(const EnergyPlace& place,
                                                          const EnergyOptions& options,
                                                          const measurement::Bench& bench,
                                                          std::span<const measurement::Item* const> items,
                                                          std::span<const double> medians,
                                                          std::vector<Warning>& warnings) {
  std::vector<std::vector<measurement::Energy>> energies(items.size());
  std::vector<measurement::Load> loads;
  std::vector<std::size_t> of_load;
  for (std::size_t i = 0; i < items.size() && !place.sensors.present.empty(); ++i) {
    auto load = measurement::load_of(bench, *items[i]);
    if (load) {
      loads.push_back(*std::move(load));
      of_load.push_back(i);
    } else {
      warnings.push_back({fmt::format("energy of {} was not measured: {}", items[i]->name, load.error().what),
                          load.error().hint});
    }
  }
  if (!loads.empty()) {
    measurement::EnergyProtocol protocol;
    protocol.idle = parse_duration(options.idle).value_or(protocol.idle);
    auto results =
        measurement::measure_energy({bench.system, place.sensors.present, bench.stop}, loads, protocol);
    for (std::size_t l = 0; l < loads.size(); ++l) {
      energies[of_load[l]] = good_ones(results[l], loads[l].name, protocol.target, warnings);
    }
  }
  for (std::size_t i = 0; i < items.size() && place.declared; ++i) {
    energies[i].push_back(measurement::declared_energy(*place.declared, Seconds(medians[i])));
  }
  return energies;
}

report::Report sensor_report(const device::System& system) {
  report::Table table{.key = "sensors",
                      .title = "",
                      .columns = {{"name", "sensor"},
                                  {"state", "state"},
                                  {"reads", "reads", report::Audience::everyone, 3},
                                  {"scope", "of", report::Audience::everyone, 2},
                                  {"channels", "channels", report::Audience::everyone, 4},
                                  {"period_ms", "updated every"},
                                  {"overhead_ms", "a reading takes", report::Audience::everyone, 5},
                                  {"window_1_percent_ms", "window for 1 %"},
                                  {"power_w", "power (W)", report::Audience::everyone, 1},
                                  {"reason", "reason", report::Audience::machines},
                                  {"remedy", "what helps", report::Audience::machines}},
                      .rows = {}};
  const device::SensorsHere here = device::find_sensors(system);
  for (const auto& sensor : here.present) table.rows.push_back(present_row(system, *sensor));
  report::Report report{.kind = "forecost.list",
                        .version = 1,
                        .title = "Sensors of energy and power on this machine, best first",
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = "sensors"};
  for (const device::AbsentSensor& absent : here.absent) {
    const bool forbidden = absent.why.fault == Fault::permission;
    table.rows.push_back({absent.name,
                          std::string(forbidden ? "not readable" : "absent"),
                          {},
                          {},
                          {},
                          {},
                          {},
                          {},
                          {},
                          absent.why.what,
                          absent.why.hint});
    report.facts.push_back({absent.name, absent.name, absent.why.what, report::Audience::people,
                            fmt::format("{}; {}", absent.why.what, absent.why.hint)});
  }
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace forecost::app
