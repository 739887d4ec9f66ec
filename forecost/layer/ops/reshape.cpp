// SPDX-License-Identifier: Apache-2.0
// Operators that rename memory: Reshape-23, Flatten-23, Squeeze-23, Unsqueeze-23, in their attribute forms
// too. Runtimes alias input and output, so none of them costs traffic.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> reshape();

namespace {

using Ints = std::vector<std::int64_t>;

/// The same contents under another shape.
std::vector<TensorFact> renamed(const OpCall& call, Shape shape) {
  const TensorFact& x = call.inputs[0];
  TensorFact fact = fact_of(call, x.element, std::move(shape));
  if (const Values* values = known(call, 0)) fact.values = *values;
  return {std::move(fact)};
}

/// Integers from an input where there is one, from the attribute otherwise; null when neither says them.
const Ints* stated(const OpCall& call, std::size_t input, std::string_view attribute) {
  return call.has(input) ? call.integers(input) : call.node.attribute<Ints>(attribute);
}

Error does_not_fit(const OpCall& call, const Shape& target) {
  const Shape& x = call.inputs[0].shape;
  return call.refuse(fmt::format("input [{}] of {} elements cannot become [{}]", fmt::join(x, ", "),
                                 call.inputs[0].elements(), fmt::join(target, ", ")),
                     "the element counts differ: the target may be fixed for another --batch or --dim");
}

Result<std::vector<TensorFact>> reshape_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Ints* target = stated(call, 1, "shape");
  if (!target && call.has(1)) return depends_on_data(call, 1);
  if (!target) return call.refuse("no target shape", "the operator requires it: export the model again");
  const Shape& x = call.inputs[0].shape;
  const bool copies = call.node.int_or("allowzero", 0) == 0;
  Shape out = *target;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && copies) {
      if (i >= x.size()) return does_not_fit(call, *target);
      out[i] = x[i];
    } else if (out[i] == -1) {
      if (open) return call.refuse("two extents of the target are -1", "at most one can be inferred");
      open = i;
    } else if (out[i] < 0) {
      return does_not_fit(call, *target);
    }
  }
  if (open) {
    out[*open] = 1;
    const auto rest = network::elements_of(out);
    const std::int64_t all = call.inputs[0].elements();
    if (!rest || (*rest == 0 ? all != 0 : all % *rest != 0)) return does_not_fit(call, *target);
    out[*open] = *rest == 0 ? 0 : all / *rest;
  }
  if (network::elements_of(out) != call.inputs[0].elements()) return does_not_fit(call, *target);
  return renamed(call, std::move(out));
}

Result<std::vector<TensorFact>> flatten_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& x = call.inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(x.size());
  const std::int64_t axis = call.node.int_or("axis", 1);
  if (axis < -rank || axis > rank) {
    return call.refuse(fmt::format("axis {} for an input of rank {}", axis, rank),
                       fmt::format("the axis must lie in [{}, {}]", -rank, rank));
  }
  const auto split = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  return renamed(call, {extent_product(x, 0, split), extent_product(x, split, x.size())});
}

/// Which axes of a tensor of this rank are named.
Result<std::vector<bool>> marked(const OpCall& call, const Ints& axes, std::size_t rank) {
  std::vector<bool> marks(rank, false);
  for (const std::int64_t axis : axes) {
    FORECOST_TRY(const std::int64_t place, axis_in(call, axis, rank));
    if (marks[static_cast<std::size_t>(place)]) {
      return call.refuse(fmt::format("axis {} is named twice", axis), "each axis can be named once");
    }
    marks[static_cast<std::size_t>(place)] = true;
  }
  return marks;
}

Result<std::vector<TensorFact>> squeeze_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& x = call.inputs[0].shape;
  const Ints* axes = stated(call, 1, "axes");
  if (!axes && call.has(1)) return depends_on_data(call, 1);
  Shape out;
  if (!axes) {
    std::copy_if(x.begin(), x.end(), std::back_inserter(out),
                 [](std::int64_t extent) { return extent != 1; });
    return renamed(call, std::move(out));
  }
  FORECOST_TRY(const std::vector<bool> gone, marked(call, *axes, x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (gone[i] && x[i] != 1) {
      return call.refuse(fmt::format("axis {} of input [{}] is not 1", i, fmt::join(x, ", ")),
                         "only extents of 1 can be removed; check --batch and --dim");
    }
    if (!gone[i]) out.push_back(x[i]);
  }
  return renamed(call, std::move(out));
}

Result<std::vector<TensorFact>> unsqueeze_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& x = call.inputs[0].shape;
  const Ints* axes = stated(call, 1, "axes");
  if (!axes && call.has(1)) return depends_on_data(call, 1);
  if (!axes) return call.refuse("no axes", "the operator requires them: export the model again");
  FORECOST_TRY(const std::vector<bool> added, marked(call, *axes, x.size() + axes->size()));
  Shape out;
  auto next = x.begin();
  for (const bool fresh : added) out.push_back(fresh ? 1 : *next++);
  return renamed(call, std::move(out));
}

network::Network reshape_example(std::int64_t batch) {
  network::Builder builder("reshape");
  builder.output(builder.reshape(builder.input("x", {batch, 8, 16}), {batch, 128}));
  return builder.finish();
}

network::Network flatten_example(std::int64_t batch) {
  network::Builder builder("flatten");
  builder.output(builder.flatten(builder.input("x", {batch, 8, 16})));
  return builder.finish();
}

network::Network axes_example(std::int64_t batch, const std::string& op) {
  network::Builder builder(op);
  const bool adds = op == "Unsqueeze";
  const Shape thin{batch, 1, 16};
  const Shape flat{batch, 16};
  const auto x = builder.input("x", adds ? flat : thin);
  const auto axes = builder.integers({1}, {1});
  builder.output(builder.node(op, {x, axes}, {}, {{.name = "y", .shape = adds ? thin : flat}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> reshape() {
  return {{.op = "Reshape",
           .shapes = reshape_shapes,
           .cost = view_cost,
           .example = reshape_example,
           .summary = "a view; 0, -1 and allowzero"},
          {.op = "Flatten",
           .shapes = flatten_shapes,
           .cost = view_cost,
           .example = flatten_example,
           .summary = "a view of rank 2"},
          {.op = "Squeeze",
           .shapes = squeeze_shapes,
           .cost = view_cost,
           .example = [](std::int64_t batch) { return axes_example(batch, "Squeeze"); },
           .summary = "a view without axes of 1"},
          {.op = "Unsqueeze",
           .shapes = unsqueeze_shapes,
           .cost = view_cost,
           .example = [](std::int64_t batch) { return axes_example(batch, "Unsqueeze"); },
           .summary = "a view with more axes of 1"}};
}

}  // namespace forecost::layer::ops
