// SPDX-License-Identifier: Apache-2.0
/// Sensors and declared powers on the command line, and the energies of networks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/session.h"
#include "forecost/device/sensor.h"
#include "forecost/measurement/energy_protocol.h"

namespace forecost::app {

struct EnergyOptions {
  std::vector<std::string> sensors;  ///< empty: what this machine has
  std::string declared;
  std::string idle = "5s";
  bool none = false;
};

/// Adds --sensor, --declared-power, --idle-time, --no-energy. Malformed values are wrong usage.
void add_energy_options(CLI::App& command, EnergyOptions& options);

/// Adds --declared-power alone. Malformed powers are wrong usage.
void add_declared_power(CLI::App& command, std::string& declared);

/// "idle=5W,active=12W". Fails: `bad_input` for anything else, or when less is drawn active than idle.
Result<measurement::DeclaredPower> parse_declared_power(const std::string& text);

/// What there is to measure with.
struct EnergyPlace {
  device::SensorsHere sensors;
  std::optional<measurement::DeclaredPower> declared;

  /// "not measured (no sensor: rapl absent, ...)".
  std::string why_none(const EnergyOptions& options) const;
};

/// Fails as open_sensor() for a sensor that was named.
Result<EnergyPlace> energy_place(const Session& session, const EnergyOptions& options);

/// Energies by item, in order: measured ones first, then the declared one. `medians`: seconds of a run, for
/// the declared one. What fails is a warning.
std::vector<std::vector<measurement::Energy>> energies_of(const EnergyPlace& place,
                                                          const EnergyOptions& options,
                                                          const measurement::Bench& bench,
                                                          std::span<const measurement::Item* const> items,
                                                          std::span<const double> medians,
                                                          std::vector<Warning>& warnings);

/// For `forecost list sensors`. Reads each sensor that is present for up to 2 s.
report::Report sensor_report(const device::System& system);

}  // namespace forecost::app
