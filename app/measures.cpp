// SPDX-License-Identifier: Apache-2.0
#include "app/measures.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "forecost/search/limit_text.h"

namespace forecost::app {
namespace {

struct MeasureWords {
  std::string_view name;
  std::string_view example;
  std::vector<std::string_view> units;
};

const MeasureWords& words_of(Measure measure) {
  static const std::array<MeasureWords, 4> words{
      {{"time", "5 ms", {"s", "ms", "us", "ns", "min", "h"}},
       {"energy", "2 mJ", {"J", "mJ", "uJ", "kJ", "Wh", "kWh"}},
       {"power", "1.5 W", {"W", "mW", "kW"}},
       {"size", "3 kB", {"B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB"}}}};
  return words.at(static_cast<std::size_t>(measure));
}

std::string complaint(const Error& error) {
  return error.what + "; " + error.hint;
}

}  // namespace

Result<double> measured(const std::string& text, Measure measure) {
  const MeasureWords& words = words_of(measure);
  const Result<search::Measured> read = search::parse_measured(text);
  const bool good = read && read->value >= 0 &&
                    std::find(words.units.begin(), words.units.end(), read->unit) != words.units.end();
  if (good) return read->value;
  return Error{Fault::bad_input, fmt::format("'{}' is no {}", text, words.name), "",
               fmt::format("write a number and its unit, as \"{}\"", words.example)};
}

CLI::Validator is_measured(Measure measure) {
  return {[measure](std::string& text) {
            const Result<double> value = measured(text, measure);
            return value ? std::string() : complaint(value.error());
          },
          ""};
}

Result<std::pair<std::string, std::string>> named_value(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return Error{Fault::bad_input, fmt::format("'{}' is not NAME=VALUE", text), "",
                 "name a network of the scores and its value, as small=5ms"};
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

CLI::Validator is_named() {
  return {[](std::string& text) {
            const auto parts = named_value(text);
            return parts ? std::string() : complaint(parts.error());
          },
          ""};
}

CLI::Validator is_named(Measure measure) {
  return {[measure](std::string& text) {
            const auto parts = named_value(text);
            if (!parts) return complaint(parts.error());
            const Result<double> value = measured(parts->second, measure);
            return value ? std::string() : complaint(value.error());
          },
          ""};
}

void add_link_options(CLI::App& command, LinkOptions& options) {
  const CLI::Validator bandwidth(
      [](std::string& text) {
        const Result<double> value = deployment::parse_bandwidth(text);
        return value ? std::string() : complaint(value.error());
      },
      "");
  command.add_option("--bandwidth", options.bandwidths, "To the server, as \"10 Mbit/s\"; may be repeated")
      ->type_name("RATE")
      ->allow_extra_args(false)
      ->check(bandwidth);
  command.add_option("--down", options.down, "From the server (default: as --bandwidth)")
      ->type_name("RATE")
      ->check(bandwidth);
  command.add_option("--round-trip", options.round_trip, "Once per request, as \"20 ms\" (default 0)")
      ->type_name("TIME")
      ->check(is_measured(Measure::time));
  command
      .add_option("--radio-energy", options.radio_energy, "Of the device per byte, as \"0.5 uJ\" (default 0)")
      ->type_name("ENERGY")
      ->check(is_measured(Measure::energy));
  command
      .add_option("--radio-power", options.radio_power,
                  "Of the device while it sends or receives (default 0)")
      ->type_name("POWER")
      ->check(is_measured(Measure::power));
  command.add_option("--idle-power", options.idle_power, "Of the device while it waits (default 0)")
      ->type_name("POWER")
      ->check(is_measured(Measure::power));
}

Result<std::vector<deployment::Link>> links_of(const LinkOptions& options) {
  deployment::Link link;
  const auto value_of = [](const std::string& text, Measure measure) -> Result<double> {
    return text.empty() ? Result<double>(0.0) : measured(text, measure);
  };
  FORECOST_TRY(const double round_trip, value_of(options.round_trip, Measure::time));
  FORECOST_TRY(link.radio_energy, value_of(options.radio_energy, Measure::energy));
  FORECOST_TRY(const double radio_power, value_of(options.radio_power, Measure::power));
  FORECOST_TRY(const double idle_power, value_of(options.idle_power, Measure::power));
  link.round_trip = Seconds(round_trip);
  link.radio_power = Watts(radio_power);
  link.idle_power = Watts(idle_power);
  std::vector<deployment::Link> links;
  for (const std::string& bandwidth : options.bandwidths) {
    FORECOST_TRY(link.up, deployment::parse_bandwidth(bandwidth));
    link.down = link.up;
    if (!options.down.empty()) {
      FORECOST_TRY(link.down, deployment::parse_bandwidth(options.down));
    }
    links.push_back(link);
  }
  if (links.empty()) links.push_back(link);
  return links;
}

Status write_picture(const std::filesystem::path& file, const std::string& svg) {
  std::ofstream stream(file, std::ios::binary);
  if (!(stream << svg << std::flush)) {
    return Error{Fault::permission, "the picture cannot be written", file.string(),
                 "check the folder and the disk"};
  }
  return Done{};
}

}  // namespace forecost::app
