// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/work.h"

#include <algorithm>
#include <array>

namespace forecost::layer {

Cost work_cost(const OpCall& call, std::span<const TensorFact> outputs, const Work& work,
               const Extents& extents) {
  Cost cost = traffic_cost(call, outputs);
  const std::int64_t macs = std::min(work.macs, count_limit);
  cost.macs = Macs(macs);
  cost.operations = Operations(2 * macs + std::min(work.other, count_limit));
  cost.extents = extents;
  return cost;
}

std::int64_t operations_of_activation(std::string_view activation) {
  if (activation.empty()) return 0;
  static constexpr std::array<std::string_view, 8> transcendental{"Sigmoid", "Tanh", "Softplus", "Elu",
                                                                  "Selu",    "Gelu", "Silu",     "QuickGelu"};
  if (std::find(transcendental.begin(), transcendental.end(), activation) != transcendental.end()) return 4;
  return activation == "HardSigmoid" || activation == "HardSwish" ? 3 : 1;
}

std::vector<TensorFact> named_outputs(const OpCall& call, std::vector<TensorFact> facts) {
  if (call.node.outputs.empty()) return facts;
  if (facts.size() > call.node.outputs.size()) facts.resize(call.node.outputs.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (call.node.outputs[i].empty()) facts[i] = TensorFact{};
  }
  return facts;
}

}  // namespace forecost::layer
