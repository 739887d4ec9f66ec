// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/prediction_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace forecost::report {
namespace {

using prediction::KernelCost;
using prediction::Prediction;

Bytes traffic_of(const KernelCost& cost) {
  return cost.kernel.cost.read + cost.kernel.cost.written;
}

Value intensity_of(const KernelCost& cost) {
  const Bytes bytes = traffic_of(cost);
  if (bytes.value == 0) return {};
  return static_cast<double>(cost.kernel.cost.operations.value) / static_cast<double>(bytes.value);
}

Seconds sum_of_kernels(const Prediction& prediction) {
  Seconds sum;
  for (const KernelCost& cost : prediction.kernels) sum += cost.forecast.time;
  return sum;
}

Share share_of(Seconds part, Seconds whole) {
  return {whole.value > 0 ? part / whole : 0.0};
}

Value energy_of(const KernelCost& cost) {
  if (!cost.forecast.power) return {};
  return Joules(cost.forecast.power->value * cost.forecast.time.value);
}

/// Columns of energy are for machines alone where there is none.
Audience who_reads_energy(const Prediction& prediction) {
  return prediction.energy ? Audience::everyone : Audience::machines;
}

std::vector<Value> kernel_row(const KernelCost& cost, Seconds whole) {
  const predictor::KernelForecast& forecast = cost.forecast;
  return {cost.kernel.name,
          cost.kernel.op,
          cost.kernel.path,
          cost.kernel.layers,
          forecast.time,
          forecast.low,
          forecast.high,
          share_of(forecast.time, whole),
          cost.kernel.cost.operations,
          traffic_of(cost),
          intensity_of(cost),
          std::string(predictor::name_of(forecast.bound)),
          forecast.outside,
          cost.kernel.known,
          energy_of(cost)};
}

Table kernel_table(const Prediction& prediction, const PredictionOptions& options) {
  Table table{.key = "kernels",
              .title = "Kernels in the order of execution",
              .columns = {{"name", "kernel"},
                          {"op", "operator", Audience::everyone, 5},
                          {"path", "path", Audience::everyone, 1},
                          {"layers", "layers", Audience::everyone, 2},
                          {"predicted_ms", "time"},
                          {"low_ms", "low", Audience::everyone, 4},
                          {"high_ms", "high", Audience::everyone, 4},
                          {"share", "share", Audience::everyone, 1},
                          {"operations", "operations", Audience::everyone, 3},
                          {"bytes", "traffic", Audience::everyone, 6},
                          {"intensity", "ops/byte", Audience::everyone, 7},
                          {"bound_by", "bound by", Audience::everyone, 1},
                          {"outside", "outside", Audience::machines},
                          {"known", "known", Audience::machines},
                          {"energy_mj", "energy", who_reads_energy(prediction), 2}},
              .rows = {},
              .audience = options.breakdown == Breakdown::kernels ? Audience::everyone : Audience::machines,
              .limit = options.limit};
  for (const KernelCost& cost : prediction.kernels) {
    table.rows.push_back(kernel_row(cost, prediction.latency.time));
  }
  return table;
}

Table path_table(const Prediction& prediction) {
  struct Sum {
    Seconds time;
    std::int64_t kernels = 0;
    Operations operations;
    std::map<predictor::Bound, Seconds> bounds;
  };
  std::map<std::string, Sum> sums;
  for (const KernelCost& cost : prediction.kernels) {
    Sum& sum = sums[cost.kernel.path];
    sum.time += cost.forecast.time;
    sum.kernels += 1;
    sum.operations += cost.kernel.cost.operations;
    sum.bounds[cost.forecast.bound] += cost.forecast.time;
  }
  std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.time > b.second.time; });
  Table table{.key = "paths",
              .title = "Where the time goes",
              .columns = {{"path", "path"},
                          {"kernels", "kernels"},
                          {"predicted_ms", "time"},
                          {"share", "share"},
                          {"operations", "operations", Audience::everyone, 2},
                          {"bound_by", "bound by", Audience::everyone, 1}},
              .rows = {}};
  for (const auto& [path, sum] : sorted) {
    const auto main_bound =
        std::max_element(sum.bounds.begin(), sum.bounds.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    table.rows.push_back({path, sum.kernels, sum.time, share_of(sum.time, prediction.latency.time),
                          sum.operations, std::string(predictor::name_of(main_bound->first))});
  }
  return table;
}

Table slowest_table(const Prediction& prediction, std::size_t count) {
  std::vector<const KernelCost*> order;
  for (const KernelCost& cost : prediction.kernels) order.push_back(&cost);
  std::stable_sort(order.begin(), order.end(),
                   [](auto a, auto b) { return a->forecast.time > b->forecast.time; });
  order.resize(std::min(order.size(), count));
  Table table{.key = "slowest",
              .title = fmt::format("The slowest {}", order.size()),
              .columns = {{"layers", "layers"},
                          {"path", "path", Audience::everyone, 1},
                          {"predicted_ms", "time"},
                          {"interval", "90 % interval", Audience::everyone, 2},
                          {"share", "share"},
                          {"intensity", "ops/byte", Audience::everyone, 3},
                          {"bound_by", "bound by", Audience::everyone, 1}},
              .rows = {},
              .audience = Audience::people};
  for (const KernelCost* cost : order) {
    const std::vector<std::string> layers =
        cost->kernel.layers.empty() ? std::vector<std::string>{cost->kernel.name} : cost->kernel.layers;
    table.rows.push_back({layers, cost->kernel.path, cost->forecast.time,
                          to_text(cost->forecast.low) + " .. " + to_text(cost->forecast.high),
                          share_of(cost->forecast.time, prediction.latency.time), intensity_of(*cost),
                          std::string(predictor::name_of(cost->forecast.bound))});
  }
  return table;
}

std::string latency_text(const predictor::TotalForecast& latency) {
  if (latency.low == latency.high) return to_text(latency.time) + " (no interval)";
  return fmt::format("{} (90 % interval {} .. {})", to_text(latency.time), to_text(latency.low),
                     to_text(latency.high));
}

/// Nothing where low and high are one.
Value interval_value(const predictor::TotalForecast& latency) {
  if (latency.low == latency.high) return {};
  return to_text(latency.low) + " .. " + to_text(latency.high);
}

std::string energy_text(const prediction::Energy& energy) {
  std::string parts;
  for (const predictor::EnergyPart& part : energy.parts) {
    if (part.energy.value > 0) parts += fmt::format(", {} {}", part.name, to_text(part.energy));
  }
  const std::string interval =
      energy.low == energy.high
          ? ""
          : fmt::format("90 % interval {} .. {}, ", to_text(energy.low), to_text(energy.high));
  return fmt::format("{} ({}by {}{})", to_text(energy.total), interval, energy.source, parts);
}

/// Energy, its source and its parts; for machines they are null where nothing is known.
void add_energy(const Prediction& prediction, std::vector<Fact>& facts) {
  if (!prediction.energy) {
    facts.push_back({"energy_mj", "", Value(), Audience::machines});
    facts.push_back({"energy_low_mj", "", Value(), Audience::machines});
    facts.push_back({"energy_high_mj", "", Value(), Audience::machines});
    facts.push_back({"power_w", "", Value(), Audience::machines});
    facts.push_back({"energy_source", "", Value(), Audience::machines});
    return;
  }
  const prediction::Energy& energy = *prediction.energy;
  facts.push_back({"energy_mj", "energy", energy.total, Audience::everyone, energy_text(energy)});
  const bool interval = energy.low != energy.high;
  facts.push_back({"energy_low_mj", "", interval ? Value(energy.low) : Value(), Audience::machines});
  facts.push_back({"energy_high_mj", "", interval ? Value(energy.high) : Value(), Audience::machines});
  const double watts = energy.total.value / prediction.latency.time.value;
  facts.push_back({"power_w", "mean power", watts, Audience::everyone, fmt::format("{:.3g} W", watts)});
  facts.push_back({"energy_source", "", energy.source, Audience::machines});
  for (const predictor::EnergyPart& part : energy.parts) {
    facts.push_back({"energy_parts." + part.name + "_mj", "", part.energy, Audience::machines});
  }
}

std::string memory_text(const prediction::Memory& memory) {
  return fmt::format("{} (weights {}, inputs and activations {}, workspace {}, runtime {})",
                     to_text(memory.peak), to_text(memory.weights),
                     to_text(memory.inputs + memory.activations), to_text(memory.workspace),
                     to_text(memory.runtime));
}

}  // namespace

Report prediction_report(const Prediction& prediction, const PredictionOptions& options) {
  const predictor::TotalForecast& latency = prediction.latency;
  const Seconds overhead = latency.time - sum_of_kernels(prediction);
  const auto traffic = static_cast<double>(prediction.totals.traffic.value);
  const bool by_runtime = prediction.lowering == layer::LoweringSource::runtime;
  Report report{.kind = "forecost.prediction",
                .version = 1,
                .title = prediction.network,
                .facts = {},
                .tables = {},
                .warnings = prediction.warnings,
                .csv_table = options.breakdown == Breakdown::kernels ? "kernels" : ""};
  report.facts = {
      {"network", "", prediction.network, Audience::machines},
      {"device", "device", prediction.device},
      {"family", "predictor", prediction.family},
      {"pace", "pace", prediction.pace, prediction.pace == 1 ? Audience::machines : Audience::everyone,
       fmt::format("{:.3f} of the times at calibration", prediction.pace)},
      {"batch", "batch", prediction.batch},
      {"threads", "threads", static_cast<std::int64_t>(prediction.threads)},
      {"lowering", "kernels", std::string(by_runtime ? "runtime" : "rules"), Audience::everyone,
       by_runtime ? "by the runtime's graph" : "by our rules"},
      {"latency_ms", "latency", latency.time, Audience::everyone, latency_text(latency)},
      {"latency_low_ms", "", latency.low, Audience::machines},
      {"latency_high_ms", "", latency.high, Audience::machines},
      {"overhead_ms", "of which overhead", overhead},
      {"memory_bytes", "peak memory", prediction.memory.peak, Audience::everyone,
       memory_text(prediction.memory)},
      {"memory.weights", "", prediction.memory.weights, Audience::machines},
      {"memory.inputs", "", prediction.memory.inputs, Audience::machines},
      {"memory.activations", "", prediction.memory.activations, Audience::machines},
      {"memory.workspace", "", prediction.memory.workspace, Audience::machines},
      {"memory.runtime", "", prediction.memory.runtime, Audience::machines},
      {"operations", "operations", prediction.totals.operations},
      {"macs", "MACs", prediction.totals.macs},
      {"parameters", "parameters", Operations(prediction.totals.parameters)},
      {"traffic_bytes", "traffic", prediction.totals.traffic},
      {"intensity", "intensity",
       traffic > 0 ? Value(static_cast<double>(prediction.totals.operations.value) / traffic) : Value(),
       Audience::machines},
      {"unknown_share", "on unknown operators", Share{prediction.unknown_share},
       prediction.unknown_share > 0 ? Audience::everyone : Audience::machines},
      {"outside_share", "outside what was measured", Share{prediction.outside_share},
       prediction.outside_share > 0 ? Audience::everyone : Audience::machines}};
  add_energy(prediction, report.facts);
  report.tables = {path_table(prediction), slowest_table(prediction, options.slowest),
                   kernel_table(prediction, options)};
  return report;
}

Report overview_report(std::span<const Prediction> predictions) {
  const bool any_energy = std::any_of(predictions.begin(), predictions.end(),
                                      [](const Prediction& one) { return one.energy.has_value(); });
  Table table{.key = "predictions",
              .title = "",
              .columns = {{"network", "network"},
                          {"device", "device", Audience::everyone, 3},
                          {"batch", "batch", Audience::everyone, 4},
                          {"latency_ms", "latency"},
                          {"interval", "90 % interval", Audience::everyone, 1},
                          {"memory_bytes", "peak memory", Audience::everyone, 2},
                          {"macs", "MACs", Audience::everyone, 5},
                          {"slowest", "slowest kernel", Audience::everyone, 6},
                          {"outside_share", "outside", Audience::everyone, 4},
                          {"energy_mj", "energy", any_energy ? Audience::everyone : Audience::machines, 2}},
              .rows = {}};
  Report report{.kind = "forecost.overview",
                .version = 1,
                .title = "Predictions",
                .facts = {},
                .tables = {},
                .warnings = {},
                .csv_table = "predictions"};
  for (const Prediction& prediction : predictions) {
    const auto slowest = std::max_element(
        prediction.kernels.begin(), prediction.kernels.end(),
        [](const KernelCost& a, const KernelCost& b) { return a.forecast.time < b.forecast.time; });
    table.rows.push_back({prediction.network, prediction.device, prediction.batch, prediction.latency.time,
                          interval_value(prediction.latency), prediction.memory.peak, prediction.totals.macs,
                          slowest == prediction.kernels.end() ? Value() : Value(slowest->kernel.name),
                          Share{prediction.outside_share},
                          prediction.energy ? Value(prediction.energy->total) : Value()});
    for (const Warning& warning : prediction.warnings) {
      report.warnings.push_back({prediction.network + ": " + warning.what, warning.advice});
    }
  }
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace forecost::report
