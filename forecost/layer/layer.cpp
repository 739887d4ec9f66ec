// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/layer.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "forecost/layer/memory.h"
#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

namespace {

using Makers = std::unordered_map<std::string_view, const Layer*>;

/// Follows a constant back through folded layers to the tensors that were learned.
class LearnedTensors {
 public:
  explicit LearnedTensors(const LayeredNetwork& layered) : layered_(layered) {
    for (const Layer& layer : layered.layers) {
      if (!layer.folded) continue;
      for (const std::string& output : layer.outputs) makers_.emplace(output, &layer);
    }
  }

  /// Elements of the learned tensors behind `name` that were not counted before.
  std::int64_t take(std::string_view name) {
    std::int64_t elements = 0;
    std::vector<std::string_view> open{name};
    while (!open.empty()) {
      const std::string_view next = open.back();
      open.pop_back();
      if (!seen_.insert(next).second) continue;
      const auto maker = makers_.find(next);
      if (maker == makers_.end() || !push_sources(*maker->second, open)) {
        elements = sum({elements, layered_.tensor(next)->elements()});
      }
    }
    return elements;
  }

 private:
  /// False when the layer makes its contents itself (Constant, ConstantOfShape).
  bool push_sources(const Layer& layer, std::vector<std::string_view>& open) const {
    const network::Node& node = layered_.network.graph.nodes[layer.node];
    bool found = false;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      const TensorFact* fact = layered_.tensor(layer.inputs[i]);
      if (!fact || !is_learned(node, i, *fact)) continue;
      open.push_back(layer.inputs[i]);
      found = true;
    }
    return found;
  }

  const LayeredNetwork& layered_;
  Makers makers_;
  std::unordered_set<std::string_view> seen_;
};

}  // namespace

std::int64_t TensorFact::elements() const {
  return network::elements_of(shape).value_or(count_limit);
}

Bytes TensorFact::bytes() const {
  return network::bytes_of(element, shape).value_or(Bytes(count_limit));
}

const TensorFact* LayeredNetwork::tensor(std::string_view name) const {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

Totals totals_of(const LayeredNetwork& layered) {
  Totals totals;
  LearnedTensors learned(layered);
  std::unordered_set<std::string_view> weights;
  for (const Layer& layer : layered.layers) {
    if (!layer.known) ++totals.unknown_operators[layer.op];
    if (layer.folded) continue;
    totals.macs.value = sum({totals.macs.value, layer.cost.macs.value});
    totals.operations.value = sum({totals.operations.value, layer.cost.operations.value});
    totals.traffic.value = sum({totals.traffic.value, layer.cost.read.value, layer.cost.written.value});
    const network::Node& node = layered.network.graph.nodes[layer.node];
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      const TensorFact* fact = layered.tensor(layer.inputs[i]);
      if (!fact || !fact->constant) continue;
      if (weights.insert(layer.inputs[i]).second)
        totals.weights.value = sum({totals.weights.value, fact->bytes().value});
      if (is_learned(node, i, *fact))
        totals.parameters = sum({totals.parameters, learned.take(layer.inputs[i])});
    }
  }
  totals.peak_activations = plan_memory(layered).peak;
  return totals;
}

}  // namespace forecost::layer
