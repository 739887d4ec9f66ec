// SPDX-License-Identifier: Apache-2.0
/// Measures the energy of some networks of a calibration, those that tell most about the powers of a device.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "forecost/device/sensor.h"
#include "forecost/measurement/energy_protocol.h"
#include "forecost/measurement/measure.h"
#include "forecost/measurement/store.h"

namespace forecost::predictor {

/// Kind under which the store keeps a network whose energy was measured.
inline constexpr const char* energy_kind = "energy";

/// Indices of up to `count` records, the most telling first: greedily the one that adds most to the
/// determinant of the information about the powers (D-optimal design, Wynn 1970). Left out are networks
/// measured with emptied caches, single operators, and those that run longer than `longest`.
/// O(count x records).
std::vector<std::size_t> telling(const std::vector<measurement::Record>& records, const device::Card& card,
                                 std::size_t count, Seconds longest = Seconds(0.5));

struct EnergyPlan {
  std::span<const std::unique_ptr<device::Sensor>> sensors;
  measurement::EnergyProtocol protocol;
  std::size_t networks = 60;  ///< at most, those of earlier calls counted
  Seconds until;              ///< of System::now(): no batch begins later
  std::function<void(int measured)> progress = [](int) {};
};

struct EnergyCampaign {
  int measured = 0;  ///< networks that the store now has more
  std::vector<Warning> warnings;
};

/// Where energies are kept.
struct EnergyPlace {
  std::int64_t device = 0;
  std::int64_t run = 0;
};

/// Batches of interleaved networks, each stored when it is measured, with kind `energy_kind`. Networks that
/// the store has an energy of are not measured again. A network that fails is a warning. A runner that
/// measures by itself is asked for its own energies; `sensors` are not read then. Fails: as the store.
Result<EnergyCampaign> measure_energies(const measurement::Bench& bench, measurement::Store& store,
                                        const EnergyPlace& place, const device::Card& card,
                                        const EnergyPlan& plan);

}  // namespace forecost::predictor
