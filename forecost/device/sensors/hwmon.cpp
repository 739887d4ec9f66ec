// SPDX-License-Identifier: Apache-2.0
// Power monitors of the hwmon class: Linux's Documentation/hwmon/sysfs-interface and ina3221, and NVIDIA's
// older driver ina3221x under iio. Where a rail feeds the whole board, the others are parts of it: "Jetson
// Power Rails" of the EnergyMon project lists which.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/device/sensor.h"

namespace forecost::device::sensors {
namespace {

namespace fs = std::filesystem;

constexpr const char* hwmon_folder = "/sys/class/hwmon";
constexpr const char* iio_folder = "/sys/bus/iio/devices";
constexpr int most_channels = 8;
/// Rails that feed a whole board; two of them feed its halves.
constexpr std::array<std::string_view, 4> board_inputs{"VDD_IN", "VDD_MUX", "POM_5V_IN", "5V_IN"};

/// Watts are the product of its files, times a scale.
struct Rail {
  std::string label;
  std::vector<fs::path> files;
  double scale = 1;
  bool monitor = false;  ///< an INA3221 or a relative: made for this
  std::string chip;
  Seconds period;
};

Result<double> watts_of(const System& system, const Rail& rail) {
  double watts = rail.scale;
  for (const fs::path& file : rail.files) {
    FORECOST_TRY(const std::string text, system.read_text(file));
    FORECOST_TRY(const double value, number_in(text, file.string()));
    watts *= value;
  }
  return watts;
}

class Hwmon final : public Sensor {
 public:
  Hwmon(const System& system, SensorFacts facts, std::vector<Rail> rails)
      : system_(system), facts_(std::move(facts)), rails_(std::move(rails)) {}

  const SensorFacts& facts() const override { return facts_; }

  Result<Reading> read() override {
    Reading reading;
    const Seconds begin = system_.now();
    for (std::size_t i = 0; i < rails_.size(); ++i) {
      FORECOST_TRY(const double watts, watts_of(system_, rails_[i]));
      reading.parts.push_back(watts);
      if (facts_.channels[i].counted) reading.total += watts;
    }
    reading.took = system_.now() - begin;
    reading.time = begin + reading.took * 0.5;
    return reading;
  }

 private:
  const System& system_;
  SensorFacts facts_;
  std::vector<Rail> rails_;
};

std::string line_of(const System& system, const fs::path& file) {
  std::string text = system.read_text(file).value_or("");
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// What was found so far; a rail that is there and may not be read is remembered.
struct Found {
  std::vector<Rail> rails;
  std::optional<Error> forbidden;

  void add(const System& system, Rail rail) {
    if (rail.label == "NC") return;  // not connected
    const Result<double> watts = watts_of(system, rail);
    if (watts) {
      rails.push_back(std::move(rail));
    } else if (watts.error().fault == Fault::permission) {
      forbidden = watts.error();
    }
  }
};

void add_chip(const System& system, const fs::path& place, Found& found) {
  const Result<std::vector<std::string>> files = system.list_folder(place);
  if (!files) return;
  const auto has = [&files](const std::string& name) {
    return std::find(files->begin(), files->end(), name) != files->end();
  };
  const std::string chip = line_of(system, place / "name");
  if (chip.starts_with("BAT")) return;  // what flows into or out of it says nothing on mains
  const bool monitor = chip.starts_with("ina");
  const Result<double> interval = number_in(line_of(system, place / "update_interval"), "");
  for (int i = 1; i <= most_channels; ++i) {
    Rail rail{.monitor = monitor, .chip = chip, .period = from_milliseconds(interval.value_or(0))};
    rail.label = line_of(system, place / fmt::format("power{}_label", i));
    for (const char* kind : {"input", "average"}) {
      const std::string file = fmt::format("power{}_{}", i, kind);
      if (rail.files.empty() && has(file)) rail.files = {place / file};
    }
    rail.scale = 1e-6;  // microwatts; millivolts times milliamperes
    const std::string current = fmt::format("curr{}_input", i);
    const std::string voltage = fmt::format("in{}_input", i);
    if (rail.files.empty() && monitor && has(current) && has(voltage)) {
      rail.files = {place / current, place / voltage};
      rail.label = line_of(system, place / fmt::format("in{}_label", i));
      if (rail.label.empty()) rail.label = line_of(system, place / fmt::format("curr{}_label", i));
    }
    if (rail.files.empty()) continue;
    if (rail.label.empty()) rail.label = fmt::format("{}.{}", chip.empty() ? "chip" : chip, i);
    found.add(system, std::move(rail));
  }
}

void add_older_driver(const System& system, const fs::path& place, Found& found) {
  for (int i = 0; i < most_channels; ++i) {
    Rail rail{.scale = 1e-3, .monitor = true};
    rail.files = {place / fmt::format("in_power{}_input", i)};
    rail.label = line_of(system, place / fmt::format("rail_name_{}", i));
    if (rail.label.empty()) rail.label = fmt::format("{}.{}", place.filename().string(), i);
    found.add(system, std::move(rail));
  }
}

bool is_board_input(const std::string& label) {
  return std::find(board_inputs.begin(), board_inputs.end(), label) != board_inputs.end();
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// The rails asked for; else the inputs of the board; else all that INA3221 read; else all.
Status choose(const std::vector<Rail>& rails, const std::string& argument, std::vector<Channel>& channels) {
  const std::vector<std::string> wanted = split_at_commas(argument);
  const bool inputs =
      std::any_of(rails.begin(), rails.end(), [](const Rail& rail) { return is_board_input(rail.label); });
  const bool monitors =
      std::any_of(rails.begin(), rails.end(), [](const Rail& rail) { return rail.monitor; });
  std::vector<std::string> labels;
  for (const Rail& rail : rails) {
    const bool asked = std::find(wanted.begin(), wanted.end(), rail.label) != wanted.end();
    const bool by_itself = inputs ? is_board_input(rail.label) : rail.monitor || !monitors;
    channels.push_back({rail.label, wanted.empty() ? by_itself : asked});
    labels.push_back(rail.label);
  }
  for (const std::string& label : wanted) {
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
    return Error{Fault::not_found, fmt::format("no rail is called '{}'", label), hwmon_folder,
                 fmt::format("choose among {}", fmt::join(labels, ", "))};
  }
  return Done{};
}

/// A chip that is no monitor of a board, as of a graphics card, tells about itself.
std::string scope_of(const std::vector<Rail>& rails, const std::vector<Channel>& channels) {
  std::string scope;
  for (std::size_t i = 0; i < rails.size(); ++i) {
    if (!channels[i].counted) continue;
    if (rails[i].monitor || rails[i].chip.empty()) return "board";
    if (!scope.empty() && scope != rails[i].chip) return "board";
    scope = rails[i].chip;
  }
  return scope.empty() ? "board" : scope;
}

Result<std::unique_ptr<Sensor>> open(const System& system, const std::string& argument) {
  Found found;
  for (const std::string& name : system.list_folder(hwmon_folder).value_or(std::vector<std::string>{})) {
    add_chip(system, fs::path(hwmon_folder) / name, found);
  }
  for (const std::string& name : system.list_folder(iio_folder).value_or(std::vector<std::string>{})) {
    add_older_driver(system, fs::path(iio_folder) / name, found);
  }
  if (found.rails.empty() && found.forbidden) {
    return Error{Fault::permission, "the power monitors may not be read", found.forbidden->where,
                 fmt::format("sudo chmod a+r {}", found.forbidden->where)};
  }
  if (found.rails.empty()) {
    return Error{Fault::not_found, "no power monitor in sysfs", hwmon_folder,
                 "sudo modprobe ina3221 (only where the board has one)"};
  }
  SensorFacts facts{.name = argument.empty() ? "hwmon" : "hwmon:" + argument, .reads = Reads::power};
  for (const Rail& rail : found.rails) facts.period = std::max(facts.period, rail.period);
  FORECOST_TRY([[maybe_unused]] const Done chosen, choose(found.rails, argument, facts.channels));
  facts.scope = argument.empty() ? scope_of(found.rails, facts.channels) : "board " + argument;
  return std::unique_ptr<Sensor>(std::make_unique<Hwmon>(system, std::move(facts), std::move(found.rails)));
}

}  // namespace

SensorCard hwmon() {
  return {.name = "hwmon",
          .summary = "power monitors of a board (INA3221 of a Jetson, and others)",
          .arguments = {""},
          .open = open};
}

}  // namespace forecost::device::sensors
