// SPDX-License-Identifier: Apache-2.0
// Scatter-9, ScatterElements-18, ScatterND-18: the data are copied, then overwritten or reduced with the
// updates.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Result<std::vector<TensorFact>> element_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const Shape& data = call.inputs[0].shape;
  const Shape& indices = call.inputs[1].shape;
  FORECOST_TRY([[maybe_unused]] const std::int64_t axis,
               axis_in(call, call.node.int_or("axis", 0), data.size()));
  if (indices != call.inputs[2].shape || indices.size() != data.size()) {
    return call.refuse(fmt::format("indices [{}] and updates [{}] for data [{}]", fmt::join(indices, ", "),
                                   fmt::join(call.inputs[2].shape, ", "), fmt::join(data, ", ")),
                       "indices and updates must have one shape, of the rank of the data");
  }
  return same_as_input(call);
}

Result<std::vector<TensorFact>> nd_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const Shape& data = call.inputs[0].shape;
  const Shape& indices = call.inputs[1].shape;
  const std::int64_t depth = indices.empty() ? 0 : indices.back();
  if (depth < 1 || depth > static_cast<std::int64_t>(data.size())) {
    return call.refuse(
        fmt::format("indices [{}] do not address data [{}]", fmt::join(indices, ", "), fmt::join(data, ", ")),
        "the last extent of the indices is between 1 and the rank of the data");
  }
  Shape wanted(indices.begin(), indices.end() - 1);
  wanted.insert(wanted.end(), data.begin() + depth, data.end());
  if (call.inputs[2].shape != wanted) {
    return call.refuse(fmt::format("updates are [{}]", fmt::join(call.inputs[2].shape, ", ")),
                       fmt::format("for these indices they must be [{}]", fmt::join(wanted, ", ")));
  }
  return same_as_input(call);
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t updates = call.inputs[2].elements();
  const bool reduces = call.node.string_or("reduction", "none") != "none";
  return work_cost(call, outputs, {.other = reduces ? updates : 0},
                   {.m = real(outputs[0].elements()), .n = real(updates)});
}

network::Network element_example(std::string op, std::int64_t batch) {
  network::Builder builder("scatter", op == "Scatter" ? 9 : 18);
  const auto x = builder.input("x", {batch, 8});
  const auto indices = builder.input("indices", {batch, 3}, ElementType::int64);
  const auto updates = builder.input("updates", {batch, 3});
  builder.output(builder.same(std::move(op), {x, indices, updates}, {{"axis", std::int64_t{1}}}));
  return builder.finish();
}

network::Network nd_example(std::int64_t batch) {
  network::Builder builder("scatter_nd", 18);
  const auto x = builder.input("x", {batch, 8});
  const auto indices = builder.input("indices", {batch, 1}, ElementType::int64);
  const auto updates = builder.input("updates", {batch, 8});
  builder.output(builder.same("ScatterND", {x, indices, updates}, {{"reduction", std::string("add")}}));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> scatter() {
  return {
      {.op = "Scatter",
       .shapes = element_shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return element_example("Scatter", batch); },
       .summary = "older name of ScatterElements"},
      {.op = "ScatterElements",
       .shapes = element_shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return element_example("ScatterElements", batch); },
       .summary = "writes elements by index into a copy"},
      {.op = "ScatterND",
       .shapes = nd_shapes,
       .cost = cost,
       .example = nd_example,
       .summary = "writes slices by index tuples into a copy"},
  };
}

}  // namespace forecost::layer::ops
