// SPDX-License-Identifier: Apache-2.0
/// Numbers with units on the command line, by what they measure.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "forecost/deployment/link.h"
#include "forecost/outcome/outcome.h"

namespace forecost::app {

enum class Measure { time, energy, power, size };

/// In seconds, joules, watts, bytes. Fails: `bad_input` without a unit of that measure, or below 0.
Result<double> measured(const std::string& text, Measure measure);
/// Refuses at the command line what `measured` does.
CLI::Validator is_measured(Measure measure);

/// "NAME=VALUE" in its two parts; both are not empty. Fails: `bad_input`.
Result<std::pair<std::string, std::string>> named_value(const std::string& text);
/// Refuses what is not NAME=VALUE.
CLI::Validator is_named();
/// Refuses what is not NAME=VALUE with such a value.
CLI::Validator is_named(Measure measure);

/// A link between an edge device and a server as it is typed.
struct LinkOptions {
  std::vector<std::string> bandwidths;
  std::string down, round_trip, radio_energy, radio_power, idle_power;
};

/// Adds --bandwidth, --down, --round-trip, --radio-energy, --radio-power, --idle-power. Malformed values are
/// wrong usage.
void add_link_options(CLI::App& command, LinkOptions& options);
/// One per bandwidth; without any, one that has no bound.
Result<std::vector<deployment::Link>> links_of(const LinkOptions& options);

/// Writes a picture. Fails: `permission`.
Status write_picture(const std::filesystem::path& file, const std::string& svg);

}  // namespace forecost::app
