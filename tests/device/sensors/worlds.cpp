// SPDX-License-Identifier: Apache-2.0
#include "tests/device/sensors/worlds.h"

#include <cmath>

#include <dlfcn.h>
#include <fmt/format.h>

#include "tests/fake_nvml/fake_nvml.h"

namespace forecost::device::worlds {
namespace {

std::unique_ptr<World> rapl_world() {
  auto world = std::make_unique<World>();
  add_zone(world->system, "intel-rapl:0", "package-0", world->watts);
  world->sensor = "rapl";
  const std::string file = "/sys/class/powercap/intel-rapl:0/energy_uj";
  world->vanish = [file, &system = world->system] { system.live.erase(file); };
  world->forbid = [file, &system = world->system] { system.forbidden.insert(file); };
  return world;
}

std::unique_ptr<World> hwmon_world() {
  auto world = std::make_unique<World>();
  add_rail(world->system, "hwmon0", 1, "VDD_IN", world->watts);
  world->sensor = "hwmon";
  const std::string file = "/sys/class/hwmon/hwmon0/curr1_input";
  world->vanish = [file, &system = world->system] { system.files.erase(file); };
  world->forbid = [file, &system = world->system] { system.forbidden.insert(file); };
  return world;
}

std::unique_ptr<World> nvml_world() {
  auto world = std::make_unique<World>();
  void* library = dlopen(FORECOST_FAKE_NVML, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  auto* fake = reinterpret_cast<tests::FakeNvml* (*)()>(dlsym(library, "fake_nvml"))();
  *fake = {};
  fake->clock = &world->system;
  fake->seconds = [](const void* clock) { return static_cast<const FakeSystem*>(clock)->time().value; };
  fake->watts = world->watts;
  world->system.variables["FORECOST_NVML"] = FORECOST_FAKE_NVML;
  world->sensor = "nvml";
  world->vanish = [fake] { fake->failure = 15; };
  world->forbid = [fake] { fake->failure = 4; };
  return world;
}

std::unique_ptr<World> trace_world() {
  auto world = std::make_unique<World>();
  const double watts = world->watts;
  world->system.live["meter.csv"] = [watts](Seconds now) {
    std::string text = "time_s,power_w\n";
    for (double t = 0; t <= now.value; t += 0.1) text += fmt::format("{:.3f},{}\n", 1.7e9 + t, watts);
    return text;
  };
  world->sensor = "trace:meter.csv";
  world->vanish = [&system = world->system] { system.live.clear(); };
  world->forbid = [&system = world->system] { system.forbidden.insert("meter.csv"); };
  return world;
}

std::unique_ptr<World> command_world() {
  auto world = std::make_unique<World>();
  const double watts = world->watts;
  world->system.programs["read-meter"] = [watts](Seconds now) {
    return fmt::format("the meter says\n{:.3f}\n", 7 + watts * now.value);
  };
  world->sensor = "command:read-meter";
  world->vanish = [&system = world->system] { system.programs.clear(); };
  return world;
}

}  // namespace

std::unique_ptr<World> world_of(std::string_view sensor) {
  if (sensor == "rapl") return rapl_world();
  if (sensor == "hwmon") return hwmon_world();
  if (sensor == "nvml") return nvml_world();
  if (sensor == "trace") return trace_world();
  if (sensor == "command") return command_world();
  return nullptr;
}

void add_zone(FakeSystem& system, const std::string& zone, const std::string& name, double watts,
              double range) {
  const std::string place = "/sys/class/powercap/" + zone + "/";
  system.files[place + "name"] = name + "\n";
  system.files[place + "max_energy_range_uj"] = fmt::format("{:.0f}\n", range * 1e6);
  system.live[place + "energy_uj"] = [watts, range](Seconds now) {
    const double updated = std::floor(now.value * 1e3) * 1e-3;
    return fmt::format("{:.0f}\n", std::fmod(30e6 + watts * updated * 1e6, range * 1e6));
  };
}

void add_rail(FakeSystem& system, const std::string& chip, int i, const std::string& label, double watts) {
  const std::string place = "/sys/class/hwmon/" + chip + "/";
  system.files[place + "name"] = "ina3221\n";
  system.files[place + fmt::format("in{}_label", i)] = label + "\n";
  system.files[place + fmt::format("in{}_input", i)] = "5000\n";
  system.files[place + fmt::format("curr{}_input", i)] = fmt::format("{:.0f}\n", watts / 5 * 1000);
}

}  // namespace forecost::device::worlds
