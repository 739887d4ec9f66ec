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
constexpr std::array<CostName, 8> costs{{{CostKind::latency, "latency", true},
                                         {CostKind::memory, "memory", true},
                                         {CostKind::energy, "energy", true},
                                         {CostKind::power, "power", true},
                                         {CostKind::parameters, "parameters", false},
                                         {CostKind::operations, "operations", false},
                                         {CostKind::macs, "macs", false},
                                         {CostKind::weights, "weights", false}}};
constexpr double deviations_in_interval = 2 * 1.6448536269514722;  // central 90 % of a normal
constexpr std::size_t most_remembered = 1U << 18U;

bool rests_on_energy(CostKind kind) {
  return kind == CostKind::energy || kind == CostKind::power;
}

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

void add_weights(const layer::LayeredNetwork& layered, const layer::WeightedWork& work, const Chain& chain,
                 CostInParts& cost) {
  for (std::size_t i = 0; i < layered.layers.size(); ++i) {
    const auto link = chain.link_of(layered.layers[i].name);
    if (link) cost.sum[*link] += static_cast<double>(work.by_layer[i].value);
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

std::optional<CostKind> cost_of_metric(std::string_view metric) {
  const std::size_t at_sign = metric.find('@');
  const std::optional<CostKind> cost = find_cost(metric.substr(0, at_sign));
  if (cost && rests_on_energy(*cost) && at_sign == std::string_view::npos) return std::nullopt;
  return cost;
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

Result<KnownCosts::Devices> KnownCosts::lowered(const layer::LayeredNetwork& layered,
                                                const layer::WeightPlan& plan) const {
  Devices on;
  for (const CostMetric& metric : metrics_) {
    if (!needs_device(metric.kind) || on.contains(metric.device)) continue;
    const predictor::Predictor& predictor = *predictors_.at(metric.device);
    const device::Identity& identity = predictor.card().identity;
    const layer::Runtime& runtime = *layer::find_runtime(identity.runtime);
    OnDevice cost;
    FORECOST_TRY(cost.lowered, layer::lower(layered, runtime, runtime.target(identity.instruction_set)));
    layer::with_formats(plan, cost.lowered.kernels);
    cost.compiled = predictor.compile(cost.lowered.kernels);
    cost.latency = predictor.predict_total(*cost.compiled);
    cost.memory = prediction::plan_memory(cost.lowered, predictor.card().memory_model).peak;
    on.emplace(metric.device, std::move(cost));
  }
  for (const CostMetric& metric : metrics_) {
    if (!rests_on_energy(metric.kind)) continue;
    OnDevice& device = on.find(metric.device)->second;
    device.energy = predictors_.at(metric.device)->predict_energy(*device.compiled);
    if (device.energy) continue;
    return Error{Fault::unsupported, "the predictor of this device knows no energy", metric.device,
                 "let trials report it as 'energy', use an accelerator, or calibrate with a sensor or "
                 "--declared-power"};
  }
  return on;
}

layer::WeightPlan KnownCosts::plan_of(const Design& design, const layer::LayeredNetwork& layered) const {
  layer::WeightPlan plan;
  if (!weights_) return plan;
  for (const layer::Layer& layer : layered.layers) plan.layers[layer.name] = weights_(design, layer.name);
  return plan;
}

layer::WeightedWork KnownCosts::weighted(const layer::LayeredNetwork& layered,
                                         const layer::WeightPlan& plan) const {
  const bool asked = std::any_of(metrics_.begin(), metrics_.end(),
                                 [](const CostMetric& metric) { return metric.kind == CostKind::weights; });
  return asked ? layer::work_with(layered, plan) : layer::WeightedWork{};
}

Known KnownCosts::total_of(const CostMetric& metric, const Counts& counts, const Devices& on) {
  switch (metric.kind) {
    case CostKind::latency: {
      const predictor::TotalForecast& latency = on.find(metric.device)->second.latency;
      return {latency.time.value, (latency.high - latency.low).value / deviations_in_interval};
    }
    case CostKind::memory:
      return {static_cast<double>(on.find(metric.device)->second.memory.value), 0};
    case CostKind::energy: {
      const predictor::EnergyForecast& energy = *on.find(metric.device)->second.energy;
      return {energy.energy.value, (energy.high - energy.low).value / deviations_in_interval};
    }
    case CostKind::power: {
      const predictor::EnergyForecast& energy = *on.find(metric.device)->second.energy;
      const double time = on.find(metric.device)->second.latency.time.value;
      return {energy.energy.value / time, (energy.high - energy.low).value / deviations_in_interval / time};
    }
    case CostKind::parameters:
      return {static_cast<double>(counts.totals.parameters), 0};
    case CostKind::operations:
      return {static_cast<double>(counts.totals.operations.value), 0};
    case CostKind::macs:
      return {static_cast<double>(counts.totals.macs.value), 0};
    case CostKind::weights:
      return {static_cast<double>(counts.weighted.weights.value), 0};
  }
  return {};
}

Result<KnownCosts::Foreseen> KnownCosts::compute(const Design& design) const {
  FORECOST_TRY(network::Network network, network_(design));
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
  const layer::WeightPlan plan = plan_of(design, layered);
  FORECOST_TRY(const Devices on, lowered(layered, plan));
  const Counts counts{layer::totals_of(layered), weighted(layered, plan)};
  Foreseen seen{.costs = {}, .capacity = capacity_of(layered)};
  for (const CostMetric& metric : metrics_) seen.costs.push_back(total_of(metric, counts, on));
  return seen;
}

Result<std::vector<CostInParts>> KnownCosts::in_parts(const Design& design, const Chain& chain) const {
  FORECOST_TRY(network::Network network, network_(design));
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
  const layer::WeightPlan plan = plan_of(design, layered);
  FORECOST_TRY(const Devices on, lowered(layered, plan));
  const Counts counts{layer::totals_of(layered), weighted(layered, plan)};
  std::vector<CostInParts> parts;
  for (const CostMetric& metric : metrics_) {
    CostInParts cost{.total = total_of(metric, counts, on),
                     .sum = std::vector<double>(chain.size(), 0.0),
                     .largest = std::vector<double>(chain.size(), 0.0)};
    if (metric.kind == CostKind::weights) {
      add_weights(layered, counts.weighted, chain, cost);
    } else if (!needs_device(metric.kind)) {
      add_layers(metric.kind, layered, chain, cost);
    } else {
      const OnDevice& device = on.find(metric.device)->second;
      const predictor::Predictor& predictor = *predictors_.at(metric.device);
      const std::vector<std::size_t> link = link_of_kernels(device.lowered, chain);
      if (metric.kind == CostKind::memory) {
        add_memory(device.lowered, link, predictor.card().memory_model, cost);
      } else {
        const auto forecasts = predictor.predict(*device.compiled);
        const bool energy = metric.kind == CostKind::energy;
        for (std::size_t k = 0; k < link.size() && metric.kind != CostKind::power; ++k) {
          const double time = forecasts[k].time.value;
          cost.sum[link[k]] += energy ? time * forecasts[k].power->value : time;
        }
      }
    }
    parts.push_back(std::move(cost));
  }
  return parts;
}

Result<KnownCosts::Foreseen> KnownCosts::remembered(const Design& design) {
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
  Result<Foreseen> seen = compute(design);
  const std::scoped_lock lock(turn_);
  if (memory_.size() < most_remembered) memory_.emplace(key, seen);
  return seen;
}

Result<std::vector<Known>> KnownCosts::operator()(const Design& design) {
  FORECOST_TRY(Foreseen seen, remembered(design));
  return std::move(seen.costs);
}

Result<Capacity> KnownCosts::capacity(const Design& design) {
  FORECOST_TRY(const Foreseen seen, remembered(design));
  return seen.capacity;
}

std::size_t KnownCosts::computed() const {
  const std::scoped_lock lock(turn_);
  return memory_.size();
}

}  // namespace forecost::search
