// SPDX-License-Identifier: Apache-2.0
// Batch normalisation at inference, BatchNormalization-15: y = x * a + b per channel, where a and b follow
// from scale, bias and the stored statistics. Two operations per element.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> batch_norm();

namespace {

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 5));
  const TensorFact& x = call.inputs[0];
  const std::int64_t channels = x.shape.size() < 2 ? 1 : x.shape[1];
  for (std::size_t i = 1; i < 5; ++i) {
    if (call.inputs[i].shape == Shape{channels}) continue;
    return call.refuse(fmt::format("input {} of shape [{}] for an input [{}]", i,
                                   fmt::join(call.inputs[i].shape, ", "), fmt::join(x.shape, ", ")),
                       "scale, bias, mean and variance need one value per channel");
  }
  std::vector<TensorFact> facts{fact_of(call, x.element, x.shape)};
  // Statistics of training mode, and the saved ones of old opsets.
  while (facts.size() < std::min<std::size_t>(call.node.outputs.size(), 5)) {
    facts.push_back(fact_of(call, call.inputs[1].element, {channels}));
  }
  return facts;
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 2);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("batch_norm");
  builder.output(builder.batch_norm(builder.input("x", {batch, 8, 16, 16})));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> batch_norm() {
  return {{.op = "BatchNormalization",
           .shapes = shapes,
           .cost = cost,
           .example = example,
           .summary = "scale and shift per channel with stored statistics"}};
}

}  // namespace forecost::layer::ops
