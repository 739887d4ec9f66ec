// SPDX-License-Identifier: Apache-2.0
// Softmax, LogSoftmax and Hardmax. Since opset 13 they run along one axis (default: the last); before, the
// input was flattened to two dimensions at `axis` (default 1). Softmax: maximum, subtract, exponential, sum,
// divide.
#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

bool along_one_axis(const OpCall& call) {
  return call.opset >= 13 || call.opset == 0;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const std::int64_t axis = call.node.int_or("axis", along_one_axis(call) ? -1 : 1);
  const auto rank = static_cast<std::int64_t>(call.inputs[0].shape.size());
  if (!along_one_axis(call) && axis == rank) return same_as_input(call);  // rows of length 1
  FORECOST_TRY([[maybe_unused]] const std::int64_t valid, axis_in(call, axis, call.inputs[0].shape.size()));
  return same_as_input(call);
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t elements = call.inputs[0].elements();
  std::int64_t axis = call.node.int_or("axis", along_one_axis(call) ? -1 : 1);
  if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
  const auto first = static_cast<std::size_t>(axis);
  const std::int64_t length =
      along_one_axis(call) ? shape[first] : extent_product(shape, first, shape.size());
  const std::int64_t each = call.node.op == "Hardmax" ? 1 : 5;
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.m = length > 0 ? real(elements / length) : 0, .n = real(length)});
}

network::Network example_of(std::string op, std::int64_t batch) {
  network::Builder builder("softmax");
  const auto x = builder.input("x", {batch, 10});
  builder.output(builder.same(std::move(op), {x}));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> softmax() {
  return {
      {.op = "Softmax",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("Softmax", batch); },
       .summary = "exponentials that sum to one"},
      {.op = "LogSoftmax",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("LogSoftmax", batch); },
       .summary = "logarithm of Softmax"},
      {.op = "Hardmax",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return example_of("Hardmax", batch); },
       .summary = "one at the largest element, zero elsewhere"},
  };
}

}  // namespace forecost::layer::ops
