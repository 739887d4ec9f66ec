// SPDX-License-Identifier: Apache-2.0
/// What a device draws while a network runs, learned from the energy of whole networks.
///
///   energy = (idle + busy) x time + arithmetic x a + near x n + far x f
///
/// a, n, f are the seconds that the kernels' arithmetic, their traffic, and their traffic to the last memory
/// level would take at the card's roofs; so every coefficient is a power in watts, none is negative, and one
/// that leads nowhere is zero. `idle` is measured, not fitted. This is the sum of Horowitz's "Computing's
/// energy problem" (ISSCC 2014): operations, and bytes by how far they travel, on top of what is always on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/measurement/energy.h"
#include "forecost/measurement/store.h"
#include "forecost/predictor/family.h"

namespace forecost::predictor {

struct PowerModel {
  Watts idle;
  Watts busy;          ///< above idle, as long as anything runs
  Watts arithmetic;    ///< at the arithmetic peak
  Watts near;          ///< at the bandwidth that the working set sees
  Watts far;           ///< at the bandwidth of the last memory level
  std::string sensor;  ///< "rapl"; "declared"
  std::string scope;   ///< what the sensor reads: "processor"
  int networks = 0;    ///< it was fitted to
  double mape = 0;     ///< of a network's energy when its time is known, out of fold; 0 when declared
  double spread = 0;   ///< half-width of a 90 % interval of that, as a logarithm; 0 when declared
};

/// Seconds of a kernel at the roofs.
struct PowerTerms {
  double arithmetic = 0;
  double near = 0;
  double far = 0;  ///< 0 where the network's footprint fits into a cache
};
PowerTerms power_terms(const layer::Kernel& kernel, const device::Card& card);

/// While a kernel of these terms takes `time`; idle power is in it. No share of a roof is counted above 1.
Watts power_of(const PowerModel& model, const PowerTerms& terms, Seconds time);

/// A network whose energy was measured.
struct PowerSample {
  std::span<const layer::Kernel> kernels;
  std::string group;  ///< never split between fitting and checking
  Seconds time;       ///< of one run while the energy was measured
  Joules energy;      ///< of one run, idle power included
  Watts idle;         ///< at that time
};

/// Least squares of relative errors; error and spread by 5 folds of groups.
/// Fails: `interrupted` with fewer than 8 samples.
Result<PowerModel> fit_power(std::span<const PowerSample> samples, const device::Card& card);

/// The same from records: of the sensor that measured most of them, the first listed among equals. Declared
/// energies are no measurements. Fails: as fit_power.
Result<PowerModel> fit_power(const std::vector<measurement::Record>& records, const device::Card& card);

/// One power for everything, as the user declares it.
PowerModel declared_model(const measurement::DeclaredPower& power);

/// The predictor, with the power of each kernel and the energy of networks by the model. What it saves is the
/// predictor alone.
std::unique_ptr<Predictor> with_power(std::unique_ptr<Predictor> predictor, const PowerModel& model);

nlohmann::json to_json(const PowerModel& model);
/// Throws nlohmann::json::exception where fields are missing.
PowerModel power_from(const nlohmann::json& saved);

}  // namespace forecost::predictor
