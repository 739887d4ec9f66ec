// SPDX-License-Identifier: Apache-2.0
/// A network's cost on a device, with intervals and reasons.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/kernel.h"
#include "forecost/layer/memory.h"
#include "forecost/predictor/family.h"

namespace forecost::prediction {

struct KernelCost {
  layer::Kernel kernel;
  predictor::KernelForecast forecast;
};

/// Memory of one inference, in the parts a person can act on.
struct Memory {
  Bytes weights;      ///< as the runtime holds them at the peak, every copy included
  Bytes inputs;       ///< of the network, held by whoever runs it
  Bytes activations;  ///< as the runtime's allocator holds them, its holes included
  Bytes workspace;    ///< largest scratch of any kernel
  Bytes runtime;      ///< what the runtime itself takes before any network
  Bytes peak;         ///< of the process: the sum
};

/// Energy of one inference; idle power of the device while it runs is in there.
struct Energy {
  Joules total;
  Joules low;  ///< 90 % interval; low == high: not known
  Joules high;
  std::string source;                             ///< "energy table", "fitted power"
  std::vector<predictor::EnergyPart> parts = {};  ///< by where it goes; may be empty
};

struct Prediction {
  std::string network;
  std::string device;
  std::string family;
  std::int64_t batch = 1;
  int threads = 1;
  double pace = 1;  ///< of the device since its calibration; in all times below, see predictor/pace.h
  predictor::TotalForecast latency;
  std::optional<Energy> energy;  ///< where the predictor knows the power of every kernel
  Memory memory;
  layer::Totals totals;
  std::vector<KernelCost> kernels;
  layer::LoweringSource lowering = layer::LoweringSource::rules;  ///< who said which kernels there are
  double unknown_share = 0;  ///< share of the time on operators without a rule
  double outside_share = 0;  ///< share on kernels outside what was measured
  std::vector<Warning> warnings;
};

/// Peak memory of a process that runs this network, by the device's memory model. Where loading takes more
/// than running the difference is part of the weights. Without a fitted model: one copy of the weights, what
/// the allocator holds, and nothing for the runtime.
Memory plan_memory(const layer::LoweredNetwork& lowered, const device::MemoryModel& model);

/// Times are what a user of the device sees (the median); see device::Card::median_over_minimum.
/// Pure: no file, no runtime, no clock.
Prediction predict(const layer::LayeredNetwork& network, const layer::LoweredNetwork& lowered,
                   const predictor::Predictor& predictor);

}  // namespace forecost::prediction
