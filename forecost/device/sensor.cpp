// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/sensor.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::device {

Result<std::vector<Reading>> Sensor::log(Seconds, Seconds) {
  return Error{Fault::unsupported, "the sensor keeps no log", facts().name, "read it while it is needed"};
}

Result<std::unique_ptr<Sensor>> open_sensor(const System& system, std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string argument(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  std::vector<std::string_view> names;
  for (const SensorCard& card : sensor_list()) {
    if (card.name == name) return card.open(system, argument);
    names.push_back(card.name);
  }
  return Error{Fault::not_found, fmt::format("there is no sensor '{}'", name), "",
               fmt::format("choose one of {}", fmt::join(names, ", "))};
}

SensorsHere find_sensors(const System& system) {
  SensorsHere here;
  for (const SensorCard& card : sensor_list()) {
    for (const std::string& argument : card.arguments) {
      auto sensor = card.open(system, argument);
      const bool found = sensor.has_value();
      const bool known =
          found && std::any_of(here.present.begin(), here.present.end(), [&sensor](const auto& other) {
            return other->facts().name == (*sensor)->facts().name;
          });
      if (!found && argument == card.arguments.front()) {
        here.absent.push_back({std::string(card.name), sensor.error()});
      }
      if (found && !known) here.present.push_back(*std::move(sensor));
    }
  }
  return here;
}

std::string absence_text(const std::vector<AbsentSensor>& absent) {
  std::vector<std::string> parts;
  for (const AbsentSensor& sensor : absent) {
    const bool forbidden = sensor.why.fault == Fault::permission;
    parts.push_back(sensor.name + (forbidden ? " not readable" : " absent"));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

Result<double> number_in(std::string_view text, const std::string& source) {
  const std::string_view whole = text;
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  return Error{Fault::bad_input, fmt::format("'{}' is no number", whole.substr(0, 40)), source,
               "check what the sensor writes"};
}

}  // namespace forecost::device
