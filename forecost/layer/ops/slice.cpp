// SPDX-License-Identifier: Apache-2.0
// Slice-13 and its attribute form of opset 1. Reads only what it keeps.
#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> slice();

namespace {

using Ints = std::vector<std::int64_t>;

struct Cut {
  std::int64_t begin = 0, step = 1, extent = 0;
};

/// Follows the specification: negative positions count from the end, then both are clamped; a negative step
/// runs down to one before the first element.
Cut cut_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent) {
  const auto from_end = [extent](std::int64_t at) { return at < 0 ? at + extent : at; };
  Cut cut{.begin = from_end(start), .step = step, .extent = 0};
  std::int64_t stop = from_end(end);
  if (step > 0) {
    cut.begin = std::clamp<std::int64_t>(cut.begin, 0, extent);
    stop = std::clamp<std::int64_t>(stop, 0, extent);
    cut.extent = stop > cut.begin ? (stop - cut.begin - 1) / step + 1 : 0;
  } else {
    cut.begin = std::clamp<std::int64_t>(cut.begin, std::min<std::int64_t>(0, extent - 1), extent - 1);
    stop = std::clamp<std::int64_t>(stop, -1, extent - 1);
    const std::int64_t down =
        step == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -step;
    cut.extent = cut.begin > stop ? (cut.begin - stop - 1) / down + 1 : 0;
  }
  return cut;
}

struct Wish {
  const Ints* starts;
  const Ints* ends;
  Ints axes;
  Ints steps;
};

Result<Wish> wish_of(const OpCall& call) {
  Wish wish{};
  const bool by_input = call.inputs.size() > 1;
  if (by_input) {
    FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
    for (std::size_t i = 1; i < std::min<std::size_t>(call.inputs.size(), 5); ++i) {
      if (call.has(i) && !call.integers(i)) return depends_on_data(call, i);
    }
    wish.starts = call.integers(1);
    wish.ends = call.integers(2);
    if (call.has(3)) wish.axes = *call.integers(3);
    if (call.has(4)) wish.steps = *call.integers(4);
  } else {
    wish.starts = call.node.attribute<Ints>("starts");
    wish.ends = call.node.attribute<Ints>("ends");
    wish.axes = call.node.ints_or("axes", {});
  }
  if (!wish.starts || !wish.ends) {
    return call.refuse("no starts or no ends", "the operator requires both: export the model again");
  }
  const std::size_t count = wish.starts->size();
  const bool all_axes = by_input ? !call.has(3) : wish.axes.empty();
  for (std::size_t i = 0; all_axes && i < count; ++i) wish.axes.push_back(static_cast<std::int64_t>(i));
  if (wish.steps.empty()) wish.steps.assign(count, 1);
  const bool steps_move = std::find(wish.steps.begin(), wish.steps.end(), 0) == wish.steps.end();
  if (wish.ends->size() != count || wish.axes.size() != count || wish.steps.size() != count || !steps_move) {
    return call.refuse(fmt::format("{} starts, {} ends, {} axes, steps [{}]", count, wish.ends->size(),
                                   wish.axes.size(), fmt::join(wish.steps, ", ")),
                       "there must be as many of each, and no step may be 0");
  }
  return wish;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY(const Wish wish, wish_of(call));
  const TensorFact& x = call.inputs[0];
  Shape out = x.shape;
  std::vector<Cut> cuts(out.size());
  for (std::size_t i = 0; i < wish.axes.size(); ++i) {
    FORECOST_TRY(const std::int64_t place, axis_in(call, wish.axes[i], out.size()));
    const auto axis = static_cast<std::size_t>(place);
    cuts[axis] = cut_of((*wish.starts)[i], (*wish.ends)[i], wish.steps[i], x.shape[axis]);
    out[axis] = cuts[axis].extent;
  }
  TensorFact fact = fact_of(call, x.element, std::move(out));
  const Values* values = is_followed(x.shape) ? known(call, 0) : nullptr;
  if (values && fact.elements() == 0) fact.values = converted(Values(Ints{}), x.element);
  if (values && fact.elements() > 0) {
    std::vector<std::int64_t> strides = strides_of(x.shape);
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < strides.size(); ++i) {
      offset += cuts[i].begin * strides[i];
      // A step behind the last element is never taken; bounded, so that the walk cannot overflow.
      strides[i] *= fact.shape[i] > 1 ? cuts[i].step : 0;
    }
    fact.values = picked(*values, walk(fact.shape, strides, offset));
  }
  return std::vector<TensorFact>{std::move(fact)};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = streaming_cost(call, outputs, 0);
  const std::int64_t whole = call.inputs[0].bytes().value;
  const std::int64_t kept = std::min(whole, outputs[0].bytes().value);
  cost.read.value -= whole - kept;
  if (call.inputs[0].constant) cost.weights.value -= whole - kept;
  return cost;
}

network::Network example(std::int64_t batch) {
  network::Builder builder("slice");
  builder.output(builder.slice(builder.input("x", {batch, 8, 16}), 1, 2, 6));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> slice() {
  return {{.op = "Slice",
           .shapes = shapes,
           .cost = cost,
           .example = example,
           .summary = "starts, ends, axes and steps as inputs or attributes"}};
}

}  // namespace forecost::layer::ops
