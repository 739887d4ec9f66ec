// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/known_costs.h"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "forecost/layer/kernel.h"
#include "forecost/layer/layer.h"
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

Result<std::vector<Known>> KnownCosts::compute(const Design& design) const {
  FORECOST_TRY(network::Network network, network_(design));
  FORECOST_TRY(const layer::LayeredNetwork layered, layer::infer(std::move(network)));
  const layer::Totals totals = layer::totals_of(layered);
  struct OnDevice {
    predictor::TotalForecast latency;
    Bytes memory;
  };
  std::map<std::string, OnDevice> on;
  for (const CostMetric& metric : metrics_) {
    if (!needs_device(metric.kind) || on.contains(metric.device)) continue;
    const predictor::Predictor& predictor = *predictors_.at(metric.device);
    const device::Identity& identity = predictor.card().identity;
    const layer::Runtime& runtime = *layer::find_runtime(identity.runtime);
    FORECOST_TRY(const layer::LoweredNetwork lowered,
                 layer::lower(layered, runtime, runtime.target(identity.instruction_set)));
    OnDevice cost;
    cost.latency = predictor.predict_total(*predictor.compile(lowered.kernels));
    cost.memory = prediction::plan_memory(lowered, predictor.card().memory_model).peak;
    on.emplace(metric.device, cost);
  }
  std::vector<Known> values;
  for (const CostMetric& metric : metrics_) {
    switch (metric.kind) {
      case CostKind::latency: {
        const predictor::TotalForecast& latency = on.at(metric.device).latency;
        values.push_back({latency.time.value, (latency.high - latency.low).value / deviations_in_interval});
        break;
      }
      case CostKind::memory:
        values.push_back({static_cast<double>(on.at(metric.device).memory.value), 0});
        break;
      case CostKind::parameters:
        values.push_back({static_cast<double>(totals.parameters), 0});
        break;
      case CostKind::operations:
        values.push_back({static_cast<double>(totals.operations.value), 0});
        break;
      case CostKind::macs:
        values.push_back({static_cast<double>(totals.macs.value), 0});
        break;
    }
  }
  return values;
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
