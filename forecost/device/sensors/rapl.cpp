// SPDX-License-Identifier: Apache-2.0
// Running average power limit counters as Linux shows them: Documentation/power/powercap, Intel SDM volume
// 3B, 15.10. AMD's Zen uses the same files. A package contains its cores and its uncore; DRAM stands beside
// it; psys contains them all; intel-rapl-mmio shows the same packages once more.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "forecost/device/sensor.h"

namespace forecost::device::sensors {
namespace {

constexpr const char* folder = "/sys/class/powercap";
constexpr double micro = 1e-6;
constexpr double coarsest_unit = 61e-6;  // joules: 2^-14, of the first chips; later ones have 2^-16
constexpr double most_watts = 1000;      // that one zone may draw, for the time until it wraps

struct Zone {
  std::filesystem::path file;
  double range = 0;  ///< microjoules
  double last = 0;
  double sum = 0;  ///< since the sensor was opened
};

class Rapl final : public Sensor {
 public:
  Rapl(const System& system, SensorFacts facts, std::vector<Zone> zones)
      : system_(system), facts_(std::move(facts)), zones_(std::move(zones)) {}

  const SensorFacts& facts() const override { return facts_; }

  Result<Reading> read() override {
    Reading reading;
    const Seconds begin = system_.now();
    for (std::size_t i = 0; i < zones_.size(); ++i) {
      Zone& zone = zones_[i];
      FORECOST_TRY(const std::string text, system_.read_text(zone.file));
      FORECOST_TRY(const double counter, number_in(text, zone.file.string()));
      zone.sum += counter >= zone.last ? counter - zone.last : counter - zone.last + zone.range;
      zone.last = counter;
      reading.parts.push_back(zone.sum * micro);
      if (facts_.channels[i].counted) reading.total += reading.parts.back();
    }
    reading.took = system_.now() - begin;
    reading.time = begin + reading.took * 0.5;
    return reading;
  }

 private:
  const System& system_;
  SensorFacts facts_;
  std::vector<Zone> zones_;
};

Error none(const std::string& why) {
  return {Fault::not_found, why, folder,
          "sudo modprobe intel_rapl_msr (most virtual machines have no such counters)"};
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// "intel-rapl:0:1" -> "intel-rapl:0"; empty for a zone that is in no other.
std::string parent_of(const std::string& zone) {
  const std::size_t last = zone.rfind(':');
  return zone.find(':') == last ? std::string() : zone.substr(0, last);
}

Status add_zone(const System& system, const std::string& zone, SensorFacts& facts, std::vector<Zone>& zones) {
  const std::filesystem::path place = std::filesystem::path(folder) / zone;
  FORECOST_TRY(const std::string text, system.read_text(place / "name"));
  std::string name = trimmed(text);
  const bool counted = name.starts_with("package") || name == "dram";
  if (const std::string parent = parent_of(zone); !parent.empty()) {
    FORECOST_TRY(const std::string above, system.read_text(std::filesystem::path(folder) / parent / "name"));
    name = trimmed(above) + "/" + name;
  }
  Zone one{.file = place / "energy_uj"};
  FORECOST_TRY(const std::string range, system.read_text(place / "max_energy_range_uj"));
  FORECOST_TRY(one.range, number_in(range, (place / "max_energy_range_uj").string()));
  const Result<std::string> counter = system.read_text(one.file);
  if (!counter && counter.error().fault == Fault::permission) {
    return Error{Fault::permission, "the energy counters are for root alone", one.file.string(),
                 fmt::format("sudo chmod a+r {}/*/energy_uj", folder)};
  }
  if (!counter) return counter.error();
  FORECOST_TRY(one.last, number_in(*counter, one.file.string()));
  facts.channels.push_back({std::move(name), counted});
  zones.push_back(std::move(one));
  return Done{};
}

Result<std::unique_ptr<Sensor>> open(const System& system, const std::string& argument) {
  if (!argument.empty()) {
    return Error{Fault::bad_input, "rapl takes no argument", argument, "write --sensor rapl"};
  }
  const Result<std::vector<std::string>> names = system.list_folder(folder);
  if (!names) return none("the kernel shows no energy counters");
  SensorFacts facts{.name = "rapl", .reads = Reads::energy, .scope = "processor"};
  facts.resolution = coarsest_unit;
  facts.period = from_milliseconds(1);
  std::vector<Zone> zones;
  for (const char* interface : {"intel-rapl:", "intel-rapl-mmio:"}) {
    for (const std::string& name : *names) {
      if (!name.starts_with(interface)) continue;
      FORECOST_TRY([[maybe_unused]] const Done added, add_zone(system, name, facts, zones));
    }
    if (!zones.empty()) break;
  }
  if (zones.empty()) return none("the kernel shows no energy counters");
  const bool some_count = std::any_of(facts.channels.begin(), facts.channels.end(),
                                      [](const Channel& channel) { return channel.counted; });
  if (!some_count) {
    facts.scope = "machine";
    facts.channels.front().counted = true;  // psys alone
  }
  double least_range = std::numeric_limits<double>::infinity();
  for (const Zone& zone : zones) least_range = std::min(least_range, zone.range);
  facts.longest_gap = Seconds(least_range * micro / most_watts / 2);
  return std::unique_ptr<Sensor>(std::make_unique<Rapl>(system, std::move(facts), std::move(zones)));
}

}  // namespace

SensorCard rapl() {
  return {.name = "rapl",
          .summary = "the processor's own energy counters, through Linux powercap",
          .arguments = {""},
          .open = open};
}

}  // namespace forecost::device::sensors
