// SPDX-License-Identifier: Apache-2.0
/// What was measured, and the forecast beside it (docs/formats/comparison.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "forecost/measurement/energy.h"
#include "forecost/predictor/family.h"
#include "forecost/quantity/quantity.h"
#include "forecost/report/report.h"

namespace forecost::report {

/// One network, measured, perhaps also predicted.
struct Compared {
  std::string network;
  std::string device;
  std::int64_t batch = 1;
  int threads = 1;
  Seconds minimum;    ///< of the undisturbed runs: the quiet machine
  Seconds median;     ///< what a user of this machine sees, and what predictions are of
  double spread = 0;  ///< (p90 - p10) / median
  std::int64_t samples = 0;
  std::optional<Bytes> peak_memory;
  std::optional<Bytes> arena;  ///< what running added to the process: activations and the runtime's reserves
  std::optional<predictor::TotalForecast> predicted;
  std::optional<predictor::EnergyForecast> predicted_energy;
  std::optional<Bytes> predicted_memory;
  std::optional<Bytes> predicted_arena;
  std::vector<measurement::Energy> energies;  ///< of one run; the first stands in the network's row
};

/// One row per network, signed errors against `median`; with two or more predictions also their mean absolute
/// error and the share inside the interval. `no_energy`: why there is none, where there is none.
Report comparison_report(const std::vector<Compared>& rows, std::vector<Warning> warnings = {},
                         const std::string& no_energy = "");

}  // namespace forecost::report
