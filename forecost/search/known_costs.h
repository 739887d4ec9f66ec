// SPDX-License-Identifier: Apache-2.0
/// What a design costs, forecast before it is trained: design, network, layers, kernels, predictor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/layer/kernel.h"
#include "forecost/layer/layer.h"
#include "forecost/layer/weight_format.h"
#include "forecost/network/network.h"
#include "forecost/outcome/outcome.h"
#include "forecost/predictor/family.h"
#include "forecost/search/capacity.h"
#include "forecost/search/chain.h"
#include "forecost/search/problem.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// Builds a design's network. Fails: this design cannot be built.
using NetworkMaker = std::function<Result<network::Network>(const Design&)>;

enum class CostKind { latency, memory, energy, power, parameters, operations, macs, weights };
std::optional<CostKind> find_cost(std::string_view name);
/// Of "latency" or "latency@device". An energy or a power is forecast where a device is named; "energy" and
/// "power" alone are what trials report.
std::optional<CostKind> cost_of_metric(std::string_view metric);
std::string_view name_of(CostKind kind);
bool needs_device(CostKind kind);

/// In which format a design's layer keeps its weights; null: as the network says.
using WeightRule = std::function<const layer::WeightFormat*(const Design&, std::string_view layer)>;

/// One metric of a network.
struct CostMetric {
  CostKind kind = CostKind::latency;
  std::string device;  ///< "" where none is needed
};

/// One cost of one design and what the links of its network add to it:
///
///   total = rest + sum_links sum + max_links largest
///
/// The rest is what belongs to no link. Parameters, operations, macs and weights have a rest of 0; a
/// latency's is the overhead of a run; of a memory `sum` is what stays with the weights and `largest` the
/// tensors of the link's largest kernel, so that its rest follows the runtime's allocator. A power, energy
/// over latency, is all rest.
struct CostInParts {
  Known total;
  std::vector<double> sum;      ///< per link
  std::vector<double> largest;  ///< per link; 0 but for memory
};

class KnownCosts {
  struct Checked {
    explicit Checked() = default;
  };

 public:
  /// `predictors`: by device. `shaping`: indexes of the parameters that the network depends on; nothing: all.
  /// Fails: `not_found` for a metric of a device that is not there; `unsupported`
  /// where the rules of a device's runtime are not in this build.
  static Result<std::unique_ptr<KnownCosts>> make(
      NetworkMaker network, std::vector<CostMetric> metrics,
      std::map<std::string, std::shared_ptr<const predictor::Predictor>> predictors,
      std::optional<std::vector<std::size_t>> shaping = std::nullopt);

  /// What `weights`, bytes, are counted by, and what accelerators compute with; to be said before the first
  /// design. Other devices' costs stay those of the network as it is: their runtimes unpack weights.
  void keep_weights_by(WeightRule rule) { weights_ = std::move(rule); }

  /// Values in the order of `metrics`: seconds, bytes, counts. The deviation of a latency is that of the
  /// normal whose central 90 % have the width of the predictor's interval; the others are exact.
  /// Kernels are by our rules, not by the runtime's own graph. Each network is computed once. Thread-safe.
  /// Fails: the design cannot be built; its network breaks a rule; `unsupported` for the energy of a device
  /// whose predictor knows no power.
  Result<std::vector<Known>> operator()(const Design& design);
  /// Of the same network, remembered with its costs. Fails: as above.
  Result<Capacity> capacity(const Design& design);

  /// The costs in parts, computed anew. A kernel belongs to the link of the first layer that it computes,
  /// one without a layer to the link before it. Fails: as above.
  Result<std::vector<CostInParts>> in_parts(const Design& design, const Chain& chain) const;

  std::size_t computed() const;  ///< networks that were built

  /// For `make` alone.
  KnownCosts(Checked checked, NetworkMaker network, std::vector<CostMetric> metrics,
             std::map<std::string, std::shared_ptr<const predictor::Predictor>> predictors,
             std::optional<std::vector<std::size_t>> shaping);

 private:
  struct OnDevice {
    layer::LoweredNetwork lowered;
    std::unique_ptr<const predictor::Compiled> compiled;
    predictor::TotalForecast latency;
    Bytes memory;
    std::optional<predictor::EnergyForecast> energy;
  };
  using Devices = std::map<std::string, OnDevice, std::less<>>;

  struct Foreseen {
    std::vector<Known> costs;
    Capacity capacity;
  };

  layer::WeightPlan plan_of(const Design& design, const layer::LayeredNetwork& layered) const;
  Result<Devices> lowered(const layer::LayeredNetwork& layered, const layer::WeightPlan& plan) const;
  struct Counts {
    layer::Totals totals;
    layer::WeightedWork weighted;
  };
  static Known total_of(const CostMetric& metric, const Counts& counts, const Devices& on);
  /// Empty where `weights` is no metric.
  layer::WeightedWork weighted(const layer::LayeredNetwork& layered, const layer::WeightPlan& plan) const;
  Result<Foreseen> compute(const Design& design) const;
  Result<Foreseen> remembered(const Design& design);

  NetworkMaker network_;
  std::vector<CostMetric> metrics_;
  std::map<std::string, std::shared_ptr<const predictor::Predictor>> predictors_;
  std::optional<std::vector<std::size_t>> shaping_;
  WeightRule weights_;
  mutable std::mutex turn_;
  std::map<std::string, Result<Foreseen>> memory_;  ///< by the bits of the values that shape it
};

}  // namespace forecost::search
