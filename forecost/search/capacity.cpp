// SPDX-License-Identifier: Apache-2.0
// That parameters and operations alone rank architectures about as well as costlier proxies: White et al.,
// "A deeper look at zero-cost proxies", 2022.
#include "forecost/search/capacity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>

namespace forecost::search {
namespace {

struct Way {
  double longest = 0;
  double shortest = 0;
};
using Ways = std::map<std::string_view, Way, std::less<>>;

bool all_zero(const network::Values& values) {
  return std::visit(
      [](const auto& numbers) {
        return !numbers.empty() &&
               std::all_of(numbers.begin(), numbers.end(), [](auto number) { return number == 0; });
      },
      values);
}

bool silences(const layer::LayeredNetwork& layered, const layer::Layer& layer) {
  if (layer.op != "Mul") return false;
  return std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](const std::string& name) {
    const layer::TensorFact* fact = name.empty() ? nullptr : layered.tensor(name);
    return fact != nullptr && fact->constant && fact->values && all_zero(*fact->values);
  });
}

/// The ways from the network's inputs to every tensor that they reach.
Ways ways_of(const layer::LayeredNetwork& layered) {
  Ways ways;
  for (const network::ValueInfo& input : layered.network.graph.inputs) ways[input.name] = {};
  for (const layer::Layer& layer : layered.layers) {
    if (layer.folded || silences(layered, layer)) continue;
    Way way{.longest = -1, .shortest = std::numeric_limits<double>::infinity()};
    for (const std::string& input : layer.inputs) {
      const auto found = ways.find(input);
      if (found == ways.end()) continue;
      way.longest = std::max(way.longest, found->second.longest);
      way.shortest = std::min(way.shortest, found->second.shortest);
    }
    if (way.longest < 0) continue;
    const double step = layer.cost.macs.value > 0 ? 1 : 0;
    for (const std::string& output : layer.outputs) {
      if (!output.empty()) ways[output] = {way.longest + step, way.shortest + step};
    }
  }
  return ways;
}

}  // namespace

double Capacity::size() const {
  constexpr double tie = 1e-4;
  return std::log(macs) + std::log(parameters) + std::log(longest) - tie * std::log1p(shortest);
}

Capacity capacity_of(const layer::LayeredNetwork& layered) {
  const Ways ways = ways_of(layered);
  Capacity capacity;
  std::set<std::string_view, std::less<>> wanted;
  for (const network::ValueInfo& output : layered.network.graph.outputs) {
    const auto found = ways.find(output.name);
    if (found == ways.end()) continue;
    capacity.shortest =
        wanted.empty() ? found->second.shortest : std::min(capacity.shortest, found->second.shortest);
    capacity.longest = std::max(capacity.longest, found->second.longest);
    wanted.insert(output.name);
  }
  for (auto layer = layered.layers.rbegin(); layer != layered.layers.rend(); ++layer) {
    const bool live = std::any_of(layer->outputs.begin(), layer->outputs.end(),
                                  [&](const std::string& name) { return wanted.contains(name); });
    if (!live) continue;
    capacity.macs += static_cast<double>(layer->cost.macs.value);
    capacity.parameters += static_cast<double>(layer->cost.parameters);
    for (const std::string& input : layer->inputs) {
      if (ways.contains(input)) wanted.insert(input);
    }
  }
  return capacity;
}

}  // namespace forecost::search
