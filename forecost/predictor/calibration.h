// SPDX-License-Identifier: Apache-2.0
/// Teaches Forecost a device: roofs, random networks measured, a predictor fitted, its error known.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "forecost/device/runner.h"
#include "forecost/measurement/measure.h"
#include "forecost/measurement/memory_probe.h"
#include "forecost/measurement/store.h"
#include "forecost/predictor/energy_campaign.h"
#include "forecost/predictor/family.h"
#include "forecost/predictor/power_model.h"
#include "forecost/predictor/validation.h"

namespace forecost::predictor {

/// Where a calibration stands; given to the caller after every batch of networks.
struct Progress {
  std::string stage;  ///< "roofs", "memory", "prior", "active", "energy", "fit", "validate"
  double share = 0;   ///< of the budget, 0 ... 1
  Seconds remaining;
  int networks = 0;
  int kernels = 0;
};

struct CalibrationOptions {
  std::string device;   ///< name under which it is stored
  Seconds budget{600};  ///< measuring and fitting together
  std::string family = "path_model";
  std::uint64_t seed = 1;
  int folds = 5;
  double active_share = 0.4;          ///< of the measuring time, spent where the predictor is unsure
  double evicted_share = 0.25;        ///< of the networks, measured with caches emptied before each run
  measurement::PeakProbe peak_probe;  ///< fits the memory model; empty: it stays as it is
  std::span<const std::unique_ptr<device::Sensor>> sensors = {};  ///< of energy; empty: it is not measured
  measurement::EnergyProtocol energy_protocol = {};
  double energy_share = 0.25;                                     ///< of the budget, where there are sensors
  std::optional<measurement::DeclaredPower> declared_power = {};  ///< used where no energy was measured
  measurement::Provenance provenance;
  std::function<void(const Progress&)> progress = [](const Progress&) {};
};

struct Calibration {
  device::Card card;
  std::unique_ptr<Predictor> predictor;
  Validation validation;
  std::optional<PowerModel> power;  ///< where energies were measured or powers declared
  int networks = 0;
  int kernels = 0;
  int failed = 0;  ///< networks that could not be measured
  std::vector<Warning> warnings;
};

/// Measures until the budget is spent (a network counts only when it is stored), then fits and validates.
/// Goes on where an earlier, interrupted calibration of the same device stopped: what it measured counts.
/// A stop (bench.stop) ends measuring; what was measured is fitted.
/// Fails: as the store and the runner do; `interrupted` when stopped before there is enough to fit.
Result<Calibration> calibrate(const measurement::Bench& bench, measurement::Store& store,
                              const CalibrationOptions& options);

/// Fits and validates what the store holds of a device.
Result<Calibration> fit_stored(measurement::Store& store, const device::Card& card,
                               const CalibrationOptions& options);

}  // namespace forecost::predictor
