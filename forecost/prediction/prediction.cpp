// SPDX-License-Identifier: Apache-2.0
#include "forecost/prediction/prediction.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

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

}  // namespace

std::string_view weight_kind(const layer::Kernel& kernel) {
  if (kernel.path.find("conv") != std::string::npos || kernel.path.find("nchwc") != std::string::npos ||
      kernel.op.find("Conv") != std::string::npos) {
    return "convolution";
  }
  return kernel.cost.macs.value > 0 ? "matrix" : "other";
}

Memory plan_memory(const layer::LoweredNetwork& lowered, const device::MemoryModel& model) {
  Memory memory;
  double weights = 0;
  for (const auto& kernel : lowered.kernels) {
    const auto copies = model.copies.find(std::string(weight_kind(kernel)));
    weights += static_cast<double>(kernel.cost.weights.value) *
               (copies == model.copies.end() ? 1.0 : copies->second);
    memory.workspace = std::max(memory.workspace, kernel.workspace);
  }
  const Bytes plan = layer::plan_memory(lowered.graph).peak;
  memory.weights = Bytes(static_cast<std::int64_t>(weights));
  memory.activations = Bytes(static_cast<std::int64_t>(model.activations * static_cast<double>(plan.value)));
  memory.workspace =
      Bytes(static_cast<std::int64_t>(model.activations * static_cast<double>(memory.workspace.value)));
  memory.runtime = model.base;
  memory.peak = memory.weights + memory.activations + memory.workspace + memory.runtime;
  return memory;
}

Prediction predict(const layer::LayeredNetwork& network, const layer::LoweredNetwork& lowered,
                   const predictor::Predictor& predictor) {
  const device::Card& card = predictor.card();
  Prediction prediction;
  prediction.network = network.network.source;
  prediction.device = card.identity.name;
  prediction.family = predictor.family();
  prediction.batch = network.batch;
  prediction.threads = card.identity.settings.threads;
  prediction.totals = layer::totals_of(network);
  prediction.memory = plan_memory(lowered, card.memory_model);

  const auto compiled = predictor.compile(lowered.kernels);
  const auto forecasts = predictor.predict(*compiled);
  prediction.latency = predictor.predict_total(*compiled);
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
  return prediction;
}

}  // namespace forecost::prediction
