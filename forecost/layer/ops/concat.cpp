// SPDX-License-Identifier: Apache-2.0
// Concat-13 and Split-18 with its attribute, input and num_outputs forms. Data movement only.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> concat();

namespace {

using Ints = std::vector<std::int64_t>;

/// Contents of the parts in the order of the result, when all are known.
std::optional<Values> joined(const OpCall& call, const Shape& out, std::size_t axis) {
  if (!is_followed(out)) return {};
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    if (!known(call, i)) return {};
  }
  const std::int64_t rows = extent_product(out, 0, axis);
  std::vector<double> reals;
  Ints integers;
  const bool whole = holds_integers(call.inputs[0].element);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const Shape& shape = call.inputs[i].shape;
      const std::int64_t length = extent_product(shape, axis, shape.size());
      for (std::int64_t j = row * length; j < (row + 1) * length; ++j) {
        if (whole)
          integers.push_back(integer_at(*known(call, i), static_cast<std::size_t>(j)));
        else
          reals.push_back(real_at(*known(call, i), static_cast<std::size_t>(j)));
      }
    }
  }
  return whole ? Values(std::move(integers)) : Values(std::move(reals));
}

Result<std::vector<TensorFact>> concat_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready,
               needs_inputs(call, std::max<std::size_t>(call.inputs.size(), 1)));
  const Shape& first = call.inputs[0].shape;
  FORECOST_TRY(const std::int64_t place, axis_in(call, call.node.int_or("axis", 1), first.size()));
  const auto axis = static_cast<std::size_t>(place);
  Shape out = first;
  for (std::size_t i = 1; i < call.inputs.size(); ++i) {
    const Shape& next = call.inputs[i].shape;
    Shape aligned = next;
    if (next.size() == first.size()) aligned[axis] = first[axis];
    if (aligned != first) {
      return call.refuse(fmt::format("inputs [{}] and [{}] cannot be joined along axis {}",
                                     fmt::join(first, ", "), fmt::join(next, ", "), axis),
                         "all other extents must be equal: check --dim and --batch");
    }
    out[axis] = sum({out[axis], next[axis]});
  }
  TensorFact fact = fact_of(call, call.inputs[0].element, std::move(out));
  fact.values = joined(call, fact.shape, axis);
  return std::vector<TensorFact>{std::move(fact)};
}

/// Extents of the parts along the axis. Without sizes the parts are equal; num_outputs lets the last one be
/// smaller.
Result<Ints> parts_of(const OpCall& call, std::int64_t extent) {
  const Ints* stated = call.has(1) ? call.integers(1) : call.node.attribute<Ints>("split");
  if (!stated && call.has(1)) return depends_on_data(call, 1);
  const auto count = static_cast<std::int64_t>(call.node.outputs.size());
  if (stated) {
    std::int64_t total = 0;
    for (const std::int64_t part : *stated) total = part < 0 ? count_limit : sum({total, part});
    if (total == extent && static_cast<std::int64_t>(stated->size()) >= count) return *stated;
    return call.refuse(
        fmt::format("parts [{}] of an extent of {} for {} outputs", fmt::join(*stated, ", "), extent, count),
        "the parts must be >= 0, add up to the extent and be one per output");
  }
  const bool uneven = call.node.attribute<std::int64_t>("num_outputs") != nullptr;
  if (count == 0 || (extent % count != 0 && !uneven)) {
    return call.refuse(fmt::format("an extent of {} in {} equal parts", extent, count),
                       "state the parts' sizes, or use num_outputs (opset 18)");
  }
  const std::int64_t part = (extent + count - 1) / count;
  Ints parts(static_cast<std::size_t>(count), part);
  for (std::int64_t i = 0; i < count; ++i) {
    parts[static_cast<std::size_t>(i)] = std::clamp<std::int64_t>(extent - i * part, 0, part);
  }
  return parts;
}

Result<std::vector<TensorFact>> split_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  FORECOST_TRY(const std::int64_t place, axis_in(call, call.node.int_or("axis", 0), x.shape.size()));
  const auto axis = static_cast<std::size_t>(place);
  FORECOST_TRY(const Ints parts, parts_of(call, x.shape[axis]));
  const Values* values = is_followed(x.shape) ? known(call, 0) : nullptr;
  const auto strides = strides_of(values ? x.shape : Shape{});
  std::vector<TensorFact> facts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < call.node.outputs.size(); ++i) {
    Shape out = x.shape;
    out[axis] = parts[i];
    facts.push_back(fact_of(call, x.element, out));
    if (values && parts[i] > 0)
      facts.back().values = picked(*values, walk(out, strides, begin * strides[axis]));
    begin += parts[i];
  }
  return facts;
}

Cost concat_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

Cost split_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = streaming_cost(call, outputs, 0);
  cost.extents.m = static_cast<double>(call.inputs[0].elements());
  return cost;
}

network::Network concat_example(std::int64_t batch) {
  network::Builder builder("concat");
  const auto a = builder.input("a", {batch, 8, 16});
  const auto b = builder.input("b", {batch, 4, 16});
  builder.output(builder.concat({a, b}, 1));
  return builder.finish();
}

network::Network split_example(std::int64_t batch) {
  network::Builder builder("split");
  for (const auto& part : builder.split(builder.input("x", {batch, 8, 16}), 1, {2, 6})) builder.output(part);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> concat() {
  return {{.op = "Concat",
           .shapes = concat_shapes,
           .cost = concat_cost,
           .example = concat_example,
           .summary = "joins tensors along an axis"},
          {.op = "Split",
           .shapes = split_shapes,
           .cost = split_cost,
           .example = split_example,
           .summary = "cuts a tensor along an axis"}};
}

}  // namespace forecost::layer::ops
