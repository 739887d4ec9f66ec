// SPDX-License-Identifier: Apache-2.0
// Where-16: one of two tensors, element by element, all three broadcast. One operation per element.
#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> where();

namespace {

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  FORECOST_TRY(const Shape both, broadcast(call, call.inputs[1].shape, call.inputs[2].shape));
  FORECOST_TRY(Shape out, broadcast(call, call.inputs[0].shape, both));
  TensorFact fact = fact_of(call, call.inputs[1].element, std::move(out));
  const Values* condition = known(call, 0);
  const Values* yes = known(call, 1);
  const Values* no = known(call, 2);
  if (!condition || !yes || !no || !is_followed(fact.shape)) return std::vector<TensorFact>{std::move(fact)};
  const auto at = walk(fact.shape, broadcast_strides(call.inputs[0].shape, fact.shape));
  const auto chosen = picked(converted(*yes, fact.element),
                             walk(fact.shape, broadcast_strides(call.inputs[1].shape, fact.shape)));
  auto results = picked(converted(*no, fact.element),
                        walk(fact.shape, broadcast_strides(call.inputs[2].shape, fact.shape)));
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (integer_at(*condition, static_cast<std::size_t>(at[i])) == 0) continue;
    std::visit([&](auto& to) { to[i] = std::get<std::remove_cvref_t<decltype(to)>>(chosen)[i]; }, results);
  }
  fact.values = std::move(results);
  return std::vector<TensorFact>{std::move(fact)};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 1);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("where");
  const auto condition = builder.input("condition", {batch, 1, 16}, ElementType::boolean);
  const auto a = builder.input("a", {batch, 8, 16});
  const auto b = builder.input("b", {batch, 8, 1});
  builder.output(builder.node("Where", {condition, a, b}, {}, {{.name = "y", .shape = a.shape}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> where() {
  return {{.op = "Where",
           .shapes = shapes,
           .cost = cost,
           .example = example,
           .summary = "one of two tensors, element by element"}};
}

}  // namespace forecost::layer::ops
