// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/energy.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace forecost::measurement {

Energy declared_energy(const DeclaredPower& power, Seconds time) {
  Energy energy{.sensor = "declared", .scope = "declared", .declared = true};
  energy.total = Joules(power.active.value * time.value);
  energy.above_idle = Joules((power.active - power.idle).value * time.value);
  energy.power = power.active;
  energy.idle_before = energy.idle_after = power.idle;
  energy.window = time;
  return energy;
}

nlohmann::json to_json(const Energy& energy) {
  nlohmann::json json = {{"sensor", energy.sensor},
                         {"scope", energy.scope},
                         {"declared", energy.declared},
                         {"total_j", energy.total.value},
                         {"above_idle_j", energy.above_idle.value},
                         {"above_idle_error_j", energy.above_idle_error.value},
                         {"standard_error", energy.standard_error},
                         {"power_w", energy.power.value},
                         {"idle_before_w", energy.idle_before.value},
                         {"idle_after_w", energy.idle_after.value},
                         {"window_s", energy.window.value},
                         {"runs", energy.runs},
                         {"window_joules", energy.window_joules},
                         {"channels_j", energy.channels},
                         {"conditions", energy.conditions}};
  if (energy.disagreement) json["disagreement"] = *energy.disagreement;
  return json;
}

Result<Energy> energy_from_json(const nlohmann::json& json) {
  try {
    Energy energy;
    energy.sensor = json.at("sensor").get<std::string>();
    energy.scope = json.at("scope").get<std::string>();
    energy.declared = json.at("declared").get<bool>();
    energy.total = Joules(json.at("total_j").get<double>());
    energy.above_idle = Joules(json.at("above_idle_j").get<double>());
    energy.above_idle_error = Joules(json.at("above_idle_error_j").get<double>());
    energy.standard_error = json.at("standard_error").get<double>();
    energy.power = Watts(json.at("power_w").get<double>());
    energy.idle_before = Watts(json.at("idle_before_w").get<double>());
    energy.idle_after = Watts(json.at("idle_after_w").get<double>());
    energy.window = Seconds(json.at("window_s").get<double>());
    energy.runs = json.at("runs").get<std::int64_t>();
    energy.window_joules = json.at("window_joules").get<std::vector<double>>();
    energy.channels = json.at("channels_j").get<std::map<std::string, double>>();
    energy.conditions = json.at("conditions").get<std::map<std::string, double>>();
    if (json.contains("disagreement")) energy.disagreement = json.at("disagreement").get<double>();
    return energy;
  } catch (const nlohmann::json::exception& problem) {
    return Error{Fault::bad_input, fmt::format("a stored energy is malformed: {}", problem.what()), "",
                 "move the file away and measure again"};
  }
}

}  // namespace forecost::measurement
