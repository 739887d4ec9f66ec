// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/known_costs.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "forecost/measurement/memory_model.h"
#include "forecost/outcome/nearest.h"
#include "forecost/prediction/prediction.h"

namespace forecost::search {
namespace {

struct CostName {
  CostKind kind;
  std::string_view name;
  bool device;
};
constexpr std::array<CostName, 5> costs{{{CostKind::latency, "latency", true},
                                         {CostKind::memory, "memory", true},
                                         {CostKind::parameters, "parameters", false},
                                         {CostKind::operations, "operations", false},
                                         {CostKind::macs, "macs", false}}};
constexpr double deviations_in_interval = 2 * 1.6448536269514722;  // central 90 % of a normal
constexpr std::size_t most_remembered = 1U << 18U;

/// Text of the bits of values; all NaN alike.
std::string key_of(const std::vector<double>& values) {
  std::string key;
  for (const double value : values) {
    std::array<char, sizeof(double)> bytes{};
    const double clean = value == value ? value : -1e300;
    std::memcpy(bytes.data(), &clean, sizeof clean);
    key.append(bytes.data(), bytes.size());
  }
  return key;
}

void add_layers(CostKind kind, const layer::LayeredNetwork& layered, const Chain& chain, CostInParts& cost) {
  for (const layer::Layer& layer : layered.layers) {
    const auto link = chain.link_of(layer.name);
    if (layer.folded || !link) continue;
    const layer::Cost& own = layer.cost;
    cost.sum[*link] += static_cast<double>(kind == CostKind::parameters   ? own.parameters
                                           : kind == CostKind::operations ? own.operations.value
                                                                          : own.macs.value);
  }
}

std::vector<std::size_t> link_of_kernels(const layer::LoweredNetwork& lowered, const Chain& chain) {
  std::vector<std::size_t> found;
  std::size_t link = 0;
  for (const layer::Kernel& kernel : lowered.kernels) {
    for (const std::string& layer : kernel.layers) {
      const auto own = chain.link_of(layer);
      if (!own) continue;
      link = *own;
      break;
    }
    found.push_back(link);
  }
  return found;
}

/// By the formulas of device::MemoryModel while a network runs.
void add_memory(const layer::LoweredNetwork& lowered, const std::vector<std::size_t>& link,
                const device::MemoryModel& model, CostInParts& cost) {
  std::size_t k = 0;
  for (const layer::Layer& layer : lowered.graph.layers) {
    if (layer.folded) continue;
    const auto kept = model.kept.find(measurement::weight_kind(layer));
    const double copies = kept == model.kept.end() ? 1 : kept->second;
    Bytes held{0};
    for (const auto& names : {layer.inputs, layer.outputs}) {
      for (const std::string& name : names) {
        const layer::TensorFact* fact = name.empty() ? nullptr : lowered.graph.tensor(name);
        if (fact == nullptr) continue;
        if (fact->constant) {
          cost.sum[link[k]] += copies * static_cast<double>(fact->bytes().value);
        } else {
          held += fact->bytes();
        }
      }
    }
    held += lowered.kernels[k].workspace;
    cost.sum[link[k]] += static_cast<double>(model.per_node.value);
    double& largest = cost.largest[link[k]];
    largest = std::max(largest, model.activations * static_cast<double>(held.value));
    ++k;
  }
}

}  // namespace

std::optional<CostKind> find_cost(std::string_view name) {
  for (const CostName& cost : costs) {
    if (cost.name == name) return cost.kind;
  }
  return std::nullopt;
}

std::string_view name_of(CostKind kind) {
  return costs[static_cast<std::size_t>(kind)].name;
}

bool needs_device(CostKind kind) {
  return costs[static_cast<std::size_t>(kind)].device;
}

KnownCosts::KnownCosts(Checked /*checked*/, NetworkMaker network, std::vector<CostMetric> metrics,
                       std::map<std::string, std::shared_ptr<const predictor::Predictor>> predictors,
                       std::optional<std::vector<std::size_t>> shaping)
    : network_(std::move(network)),
      metrics_(std::move(metrics)),
      predictors_(std::move(predictors)),
      shaping_(std::move(shaping)) {}

Result<std::unique_ptr<KnownCosts>> KnownCosts::make(
    NetworkMaker network, std::vector<CostMetric> metrics,
    std::map<std::string, std::shared_ptr<const predictor::Predictor>> predictors,
    std::optional<std::vector<std::size_t>> shaping) {
  FORECOST_EXPECTS(network != nullptr, "costs are those of a network");
  std::vector<std::string> devices;
  for (const auto& entry : predictors) devices.push_back(entry.first);
  for (const CostMetric& metric : metrics) {
    if (!needs_device(metric.kind)) continue;
    const auto found = predictors.find(metric.device);
    if (found == predictors.end()) {
      return Error{Fault::not_found, fmt::format("there is no predictor of device '{}'", metric.device),
                   metric.device, did_you_mean(metric.device, devices)};
    }
    const std::string& runtime = found->second->card().identity.runtime;
    if (layer::find_runtime(runtime) == nullptr) {
      return Error{Fault::unsupported,
                   fmt::format("the rules of runtime '{}' are not in this build", runtime), metric.device,
                   "forecost list runtimes names those that are"};
    }
  }
  return std::make_unique<KnownCosts>(Checked(), std::move(network), std::move(metrics),
                                      std::move(predictors), std::move(shaping));
}

Result<KnownCosts::Devices> KnownCosts::lowered(const layer::LayeredNetwork& layered) const {
  Devices on;
  for (const CostMetric& metric : metrics_) {
    if (!needs_device(metric.kind) || on.contains(metric.device)) continue;
    const predictor::Predictor& predictor = *predictors_.at(metric.device);
    const device::Identity& identity = predictor.card().identity;
    const layer::Runtime& runtime = *layer::find_runtime(identity.runtime);
    OnDevice cost;
    FORECOST_TRY(cost.lowered, layer::lower(layered, runtime, runtime.target(identity.instruction_set)));
    cost.compiled = predictor.compile(cost.lowered.kernels);
    cost.latency = predictor.predict_total(*cost.compiled);
    cost.memory = prediction::plan_memory(cost.lowered, predictor.card().memory_model).peak;
    on.emplace(metric.device, std::move(cost));
  }
  return on;
}

Known KnownCosts::total_of(const CostMetric& metric, const layer::Totals& totals, const Devices& on) {
  switch (metric.kind) {
    case CostKind::latency: {
      const predictor::TotalForecast& latency = on.find(metric.device)->second.latency;
      return {latency.time.value, (latency.high - latency.low).value / deviations_in_interval};
    }
    case CostKind::memory:
      return {static_cast<double>(on.find(metric.device)->second.memory.value), 0};
    case CostKind::parameters:
      return {static_cast<double>(totals.parameters), 0};
    case CostKind::operations:
      return {static_cast<double>(totals.operations.value), 0};
    case CostKind::macs:
      return {static_cast<double>(totals.macs.value), 0};
  }
  return {};
}

Result<std::vector<Known>> KnownCosts::compute(const Design& design) const {
  FORECOST_TRY(network::Network network, network_(design));
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
  FORECOST_TRY(const Devices on, lowered(layered));
  const layer::Totals totals = layer::totals_of(layered);
  std::vector<Known> values;
  for (const CostMetric& metric : metrics_) values.push_back(total_of(metric, totals, on));
  return values;
}

Result<std::vector<CostInParts>> KnownCosts::in_parts(const Design& design, const Chain& chain) const {
  FORECOST_TRY(network::Network network, network_(design));
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
  FORECOST_TRY(const Devices on, lowered(layered));
  const layer::Totals totals = layer::totals_of(layered);
  std::vector<CostInParts> parts;
  for (const CostMetric& metric : metrics_) {
    CostInParts cost{.total = total_of(metric, totals, on),
                     .sum = std::vector<double>(chain.size(), 0.0),
                     .largest = std::vector<double>(chain.size(), 0.0)};
    if (!needs_device(metric.kind)) {
      add_layers(metric.kind, layered, chain, cost);
    } else {
      const OnDevice& device = on.find(metric.device)->second;
      const predictor::Predictor& predictor = *predictors_.at(metric.device);
      const std::vector<std::size_t> link = link_of_kernels(device.lowered, chain);
      if (metric.kind == CostKind::latency) {
        const auto forecasts = predictor.predict(*device.compiled);
        for (std::size_t k = 0; k < link.size(); ++k) cost.sum[link[k]] += forecasts[k].time.value;
      } else {
        add_memory(device.lowered, link, predictor.card().memory_model, cost);
      }
    }
    parts.push_back(std::move(cost));
  }
  return parts;
}

Result<std::vector<Known>> KnownCosts::operator()(const Design& design) {
  std::vector<double> shape;
  if (shaping_) {
    for (const std::size_t index : *shaping_) shape.push_back(design.values[index]);
  }
  const std::string key = key_of(shaping_ ? shape : design.values);
  {
    const std::scoped_lock lock(turn_);
    const auto found = memory_.find(key);
    if (found != memory_.end()) return found->second;
  }
  Result<std::vector<Known>> values = compute(design);
  const std::scoped_lock lock(turn_);
  if (memory_.size() < most_remembered) memory_.emplace(key, values);
  return values;
}

std::size_t KnownCosts::computed() const {
  const std::scoped_lock lock(turn_);
  return memory_.size();
}

}  // namespace forecost::search
