// SPDX-License-Identifier: Apache-2.0
// Copies that repeat: Expand-13, Tile-13. Data movement only.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> expand();

namespace {

Result<std::vector<TensorFact>> expand_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const auto* target = call.integers(1);
  if (!target) return depends_on_data(call, 1);
  const TensorFact& x = call.inputs[0];
  FORECOST_TRY(Shape out, broadcast(call, x.shape, *target));
  TensorFact fact = fact_of(call, x.element, std::move(out));
  if (const Values* values = known(call, 0); values && is_followed(fact.shape)) {
    fact.values = picked(*values, walk(fact.shape, broadcast_strides(x.shape, fact.shape)));
  }
  return std::vector<TensorFact>{std::move(fact)};
}

/// Flat source index of every element of a tensor tiled to `out`.
std::vector<std::int64_t> tiled(const Shape& from, const Shape& out) {
  const auto own = strides_of(from);
  const auto steps = strides_of(out);
  std::vector<std::int64_t> indices = walk(out, steps);
  for (std::int64_t& index : indices) {
    std::int64_t rest = index;
    std::int64_t source = 0;
    for (std::size_t axis = 0; axis < out.size(); ++axis) {
      source += rest / steps[axis] % from[axis] * own[axis];
      rest %= steps[axis];
    }
    index = source;
  }
  return indices;
}

Result<std::vector<TensorFact>> tile_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const auto* repeats = call.integers(1);
  if (!repeats) return depends_on_data(call, 1);
  const TensorFact& x = call.inputs[0];
  if (repeats->size() != x.shape.size()) {
    return call.refuse(
        fmt::format("repeats [{}] for an input [{}]", fmt::join(*repeats, ", "), fmt::join(x.shape, ", ")),
        "it takes one repeat per axis");
  }
  Shape out(x.shape.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if ((*repeats)[i] < 0) return call.refuse("negative repeats", "repeats must be >= 0");
    out[i] = product({x.shape[i], (*repeats)[i]});
  }
  TensorFact fact = fact_of(call, x.element, std::move(out));
  if (const Values* values = known(call, 0); values && is_followed(fact.shape) && fact.elements() > 0) {
    fact.values = picked(*values, tiled(x.shape, fact.shape));
  }
  return std::vector<TensorFact>{std::move(fact)};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

network::Network example(std::int64_t batch, const std::string& op) {
  network::Builder builder(op);
  const auto x = builder.input("x", {batch, 1, 16});
  const auto target = op == "Tile" ? builder.integers({1, 8, 1}, {3}) : builder.integers({1, 8, 16}, {3});
  builder.output(builder.node(op, {x, target}, {}, {{.name = "y", .shape = {batch, 8, 16}}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> expand() {
  return {{.op = "Expand",
           .shapes = expand_shapes,
           .cost = cost,
           .example = [](std::int64_t batch) { return example(batch, "Expand"); },
           .summary = "broadcast copy"},
          {.op = "Tile",
           .shapes = tile_shapes,
           .cost = cost,
           .example = [](std::int64_t batch) { return example(batch, "Tile"); },
           .summary = "repeated copy"}};
}

}  // namespace forecost::layer::ops
