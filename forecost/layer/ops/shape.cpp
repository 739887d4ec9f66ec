// SPDX-License-Identifier: Apache-2.0
// Shape-23 with start and end, Size-23: what constant propagation starts from. They touch no tensor contents.
#include <algorithm>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> shape();

namespace {

Result<std::vector<TensorFact>> shape_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& x = call.inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(x.size());
  const auto clamped = [rank](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t begin = clamped(call.node.int_or("start", 0));
  const std::int64_t end = std::max(begin, clamped(call.node.int_or("end", rank)));
  TensorFact fact = fact_of(call, ElementType::int64, {end - begin});
  fact.values = std::vector<std::int64_t>(x.begin() + begin, x.begin() + end);
  return std::vector<TensorFact>{std::move(fact)};
}

Result<std::vector<TensorFact>> size_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  TensorFact fact = fact_of(call, ElementType::int64, {});
  fact.values = std::vector<std::int64_t>{call.inputs[0].elements()};
  return std::vector<TensorFact>{std::move(fact)};
}

/// Only the answer is written.
Cost cost(const OpCall&, std::span<const TensorFact> outputs) {
  Cost cost;
  cost.written = outputs[0].bytes();
  return cost;
}

network::Network example(std::int64_t batch, const std::string& op) {
  network::Builder builder(op);
  const auto x = builder.input("x", {batch, 8, 16});
  const Shape out = op == "Size" ? Shape{} : Shape{3};
  builder.output(
      builder.node(op, {x}, {}, {{.name = "y", .element = ElementType::int64, .shape = out}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> shape() {
  return {{.op = "Shape",
           .shapes = shape_shapes,
           .cost = cost,
           .example = [](std::int64_t batch) { return example(batch, "Shape"); },
           .summary = "extents of a tensor, known before running",
           .batch_scales = false},
          {.op = "Size",
           .shapes = size_shapes,
           .cost = cost,
           .example = [](std::int64_t batch) { return example(batch, "Size"); },
           .summary = "element count of a tensor, known before running",
           .batch_scales = false}};
}

}  // namespace forecost::layer::ops
