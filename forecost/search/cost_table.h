// SPDX-License-Identifier: Apache-2.0
/// What the arcs of a design graph add to the known costs, learned from a few hundred whole forecasts.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "forecost/search/design_graph.h"
#include "forecost/search/known_costs.h"

namespace forecost::search {

/// The whole costs of a design, in parts: one per cost.
using ForecastInParts = std::function<Result<std::vector<CostInParts>>(const Design&)>;

/// cost(path) = rest + sum_arcs sum + max_arcs largest, with the mean of what each arc added in the forecasts
/// that it was part of.
///
/// Exact for parameters, operations and macs. A latency depends on a link's surroundings too (what is fused
/// over its border, what of the caches the links before it used), a memory on the whole of the runtime's
/// plan: `ratios` says how far whole forecasts are from the table.
class CostTable {
 public:
  /// Forecasts paths that cover every arc, then 64 random ones. At most `most_forecasts`; arcs that no
  /// forecast covered are closed. A function of its arguments alone. Nothing when no design has a forecast.
  static std::optional<CostTable> make(DesignGraph graph, const ForecastInParts& forecast, std::size_t costs,
                                       std::size_t most_forecasts = default_forecasts);
  static constexpr std::size_t default_forecasts = 4000;

  /// A whole forecast over the table's value: 1 and 0 where it is exact.
  struct Ratio {
    double value = 1;
    double deviation = 0;
  };
  struct Cost {
    double rest = 0;
    std::vector<std::vector<double>> sum;      ///< per level and arc
    std::vector<std::vector<double>> largest;  ///< per level and arc
    bool exact = true;                         ///< every forecast equals the table
    std::vector<Ratio> ratios;                 ///< of the forecasts, ascending
  };

  const DesignGraph& graph() const { return graph_; }
  std::size_t costs() const { return costs_.size(); }
  const Cost& operator[](std::size_t cost) const { return costs_[cost]; }
  bool open(std::size_t level, std::uint32_t arc) const { return open_[level][arc]; }
  std::size_t forecasts() const { return forecasts_; }

  double value(std::size_t cost, const std::vector<std::uint32_t>& path) const;

 private:
  explicit CostTable(DesignGraph graph) : graph_(std::move(graph)) {}
  friend class CostTableMaker;

  DesignGraph graph_;
  std::vector<Cost> costs_;
  std::vector<std::vector<bool>> open_;
  std::size_t forecasts_ = 0;
};

}  // namespace forecost::search
