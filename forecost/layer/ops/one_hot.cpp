// SPDX-License-Identifier: Apache-2.0
// Indices to masks and back: OneHot-11, NonZero-13.
#include <algorithm>

#include <fmt/format.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> one_hot();

namespace {

using Ints = std::vector<std::int64_t>;

Result<std::vector<TensorFact>> one_hot_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const Values* depth = known(call, 1);
  if (!depth || count_of(*depth) != 1) return depends_on_data(call, 1);
  const std::int64_t classes = integer_at(*depth, 0);
  if (classes < 1) return call.refuse(fmt::format("depth = {}", classes), "there must be at least one class");
  Shape out = call.inputs[0].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", -1), out.size() + 1));
  out.insert(out.begin() + axis, classes);
  return std::vector<TensorFact>{fact_of(call, call.inputs[2].element, std::move(out))};
}

/// How many elements are not zero is known beforehand only for known contents; otherwise all may be.
Result<std::vector<TensorFact>> non_zero_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  const Values* values = is_followed(x.shape) ? known(call, 0) : nullptr;
  if (!values) return std::vector<TensorFact>{fact_of(call, ElementType::int64, {rank, x.elements()})};
  Ints found;
  for (std::size_t i = 0; i < count_of(*values); ++i) {
    if (real_at(*values, i) != 0) found.push_back(static_cast<std::int64_t>(i));
  }
  TensorFact fact = fact_of(call, ElementType::int64, {rank, static_cast<std::int64_t>(found.size())});
  const auto strides = strides_of(x.shape);
  Ints places;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    for (const std::int64_t index : found) places.push_back(index / strides[axis] % x.shape[axis]);
  }
  if (is_followed(fact.shape)) fact.values = std::move(places);
  return std::vector<TensorFact>{std::move(fact)};
}

Cost one_hot_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

Cost non_zero_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = streaming_cost(call, outputs, 0);
  cost.operations.value = std::min(call.inputs[0].elements(), count_limit);
  return cost;
}

network::Network one_hot_example(std::int64_t batch) {
  network::Builder builder("one_hot");
  const auto x = builder.input("x", {batch, 8}, ElementType::int64);
  const auto depth = builder.integers({10}, {1});
  const auto values = builder.input("values", {2});
  builder.output(
      builder.node("OneHot", {x, depth, values}, {}, {{.name = "y", .shape = {batch, 8, 10}}}).front());
  return builder.finish();
}

network::Network non_zero_example(std::int64_t batch) {
  network::Builder builder("non_zero");
  const auto x = builder.input("x", {batch, 8});
  const network::Value y{.name = "y", .element = ElementType::int64, .shape = {2, batch * 8}};
  builder.output(builder.node("NonZero", {x}, {}, {y}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> one_hot() {
  return {{.op = "OneHot",
           .shapes = one_hot_shapes,
           .cost = one_hot_cost,
           .example = one_hot_example,
           .summary = "indices to masks"},
          {.op = "NonZero",
           .shapes = non_zero_shapes,
           .cost = non_zero_cost,
           .example = non_zero_example,
           .summary = "places of elements that are not zero; an upper bound where contents are unknown"}};
}

}  // namespace forecost::layer::ops
