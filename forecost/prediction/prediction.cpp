// SPDX-License-Identifier: Apache-2.0
#include "forecost/prediction/prediction.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "forecost/measurement/memory_model.h"

namespace forecost::prediction {
namespace {

void warn_of_unknown(const layer::LayeredNetwork& network, Prediction& prediction) {
  for (const auto& warning : network.warnings) prediction.warnings.push_back(warning);
  if (prediction.unknown_share > 0) {
    prediction.warnings.push_back(
        {fmt::format("{:.0f} % of the time rests on operators without a rule",
                     100 * prediction.unknown_share),
         "their cost is the roofline of their tensors; `forecost inspect` names them"});
  }
}

void warn_of_outside(Prediction& prediction) {
  if (prediction.outside_share <= 0.005) return;
  std::set<std::string> paths;
  for (const auto& cost : prediction.kernels) {
    if (cost.forecast.outside) paths.insert(cost.kernel.path);
  }
  prediction.warnings.push_back(
      {fmt::format("{:.0f} % of the time is spent in kernels outside of what was measured ({})",
                   100 * prediction.outside_share, fmt::join(paths, ", ")),
       "their intervals are wide; a longer `forecost calibrate --budget` covers more"});
}

std::optional<Energy> energy_of(const predictor::Predictor& predictor, const predictor::Compiled& compiled) {
  const auto forecast = predictor.predict_energy(compiled);
  if (!forecast) return std::nullopt;
  return Energy{.total = forecast->energy,
                .low = forecast->low,
                .high = forecast->high,
                .source = predictor.energy_source(),
                .parts = predictor.energy_parts(compiled)};
}

}  // namespace

Memory plan_memory(const layer::LoweredNetwork& lowered, const device::MemoryModel& model) {
  const measurement::MemoryUse use = measurement::memory_use(lowered);
  const measurement::PeakMemory peaks = measurement::peak_of(use, model);
  Memory memory;
  memory.peak = peaks.peak();
  memory.workspace = use.workspace;
  memory.inputs = use.inputs;
  memory.activations = std::max(Bytes(0), peaks.running - peaks.loaded - use.workspace);
  memory.runtime = model.base;
  memory.weights = memory.peak - memory.inputs - memory.activations - memory.workspace - memory.runtime;
  return memory;
}

Prediction predict(const layer::LayeredNetwork& network, const layer::LoweredNetwork& lowered,
                   const predictor::Predictor& predictor) {
  const device::Card& card = predictor.card();
  Prediction prediction;
  prediction.network = network.network.source;
  prediction.device = card.identity.name;
  prediction.family = predictor.family();
  prediction.pace = predictor.pace();
  prediction.batch = network.batch;
  prediction.lowering = lowered.source;
  prediction.threads = card.identity.settings.threads;
  prediction.totals = layer::totals_of(network);
  prediction.memory = plan_memory(lowered, card.memory_model);

  const auto compiled = predictor.compile(lowered.kernels);
  const auto forecasts = predictor.predict(*compiled);
  prediction.latency = predictor.predict_total(*compiled);
  prediction.energy = energy_of(predictor, *compiled);
  double sum = 0, unknown = 0, outside = 0;
  for (std::size_t k = 0; k < forecasts.size(); ++k) {
    const double time = forecasts[k].time.value;
    sum += time;
    if (!lowered.kernels[k].known) unknown += time;
    if (forecasts[k].outside) outside += time;
    prediction.kernels.push_back({lowered.kernels[k], forecasts[k]});
  }
  if (sum > 0) {
    prediction.unknown_share = unknown / sum;
    prediction.outside_share = outside / sum;
  }
  warn_of_unknown(network, prediction);
  warn_of_outside(prediction);
  for (const auto& warning : lowered.warnings) prediction.warnings.push_back(warning);
  for (const auto& warning : predictor.warnings(lowered.kernels)) prediction.warnings.push_back(warning);
  return prediction;
}

}  // namespace forecost::prediction
