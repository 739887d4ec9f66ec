// SPDX-License-Identifier: Apache-2.0
// ArgMax-13, ArgMin-13, TopK-11, Compress-11, Unique-11, NonMaxSuppression-11. Where the size of the result
// depends on the data, the rule states the largest it can be.
#include <algorithm>
#include <bit>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Cost per_input_cost(const OpCall& call, std::span<const TensorFact> outputs, std::int64_t each) {
  const std::int64_t elements = call.inputs[0].elements();
  const std::int64_t rows = outputs[0].elements();
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.m = real(rows), .n = rows > 0 ? real(std::max<std::int64_t>(elements / rows, 1)) : 0});
}

Result<std::vector<TensorFact>> extreme_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  Shape out = call.inputs[0].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", 0), out.size()));
  if (call.node.int_or("keepdims", 1) != 0)
    out[static_cast<std::size_t>(axis)] = 1;
  else
    out.erase(out.begin() + axis);
  return std::vector<TensorFact>{fact_of(call, ElementType::int64, std::move(out))};
}

Cost extreme_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return per_input_cost(call, outputs, 1);
}

Result<std::vector<TensorFact>> top_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  Shape out = call.inputs[0].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", -1), out.size()));
  std::int64_t& extent = out[static_cast<std::size_t>(axis)];
  std::int64_t count = call.node.int_or("k", extent);  // unknown at run time: at most the whole axis
  if (const auto* known = call.integers(1); known != nullptr && known->size() == 1) count = known->front();
  if (count < 0 || count > extent) {
    return call.refuse(fmt::format("k = {} of {} elements", count, extent),
                       "k must not exceed the extent of the axis");
  }
  extent = count;
  return named_outputs(call,
                       {fact_of(call, call.inputs[0].element, out), fact_of(call, ElementType::int64, out)});
}

Cost top_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t axis = call.node.int_or("axis", -1);
  const Shape& shape = call.inputs[0].shape;
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
  const TensorFact& out =
      outputs[0].element == ElementType::undefined && outputs.size() > 1 ? outputs[1] : outputs[0];
  const std::int64_t count = at < out.shape.size() ? out.shape[at] : 1;
  // A heap of k elements: one comparison per element and about log2 k per replacement.
  const auto depth =
      static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 1))));
  Cost cost = work_cost(call, outputs, {.other = product({call.inputs[0].elements(), depth})}, {});
  cost.extents.n = real(shape[at]);
  cost.extents.m = shape[at] > 0 ? real(call.inputs[0].elements() / shape[at]) : 0;
  cost.extents.k = real(count);
  return cost;
}

Result<std::vector<TensorFact>> compress_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  Shape out = call.inputs[0].shape;
  if (call.inputs[1].shape.size() != 1) {
    return call.refuse(fmt::format("condition [{}] is not a vector", fmt::join(call.inputs[1].shape, ", ")),
                       "the condition holds one boolean per position");
  }
  std::int64_t kept = call.inputs[1].shape[0];
  if (const auto* known = call.integers(1); known != nullptr) {
    kept = std::count_if(known->begin(), known->end(), [](std::int64_t flag) { return flag != 0; });
  }
  const auto* stated = call.node.attribute<std::int64_t>("axis");
  if (stated == nullptr) {
    out = {std::min(kept, call.inputs[0].elements())};
  } else {
    FORECOST_TRY(const std::int64_t axis, axis_in(call, *stated, out.size()));
    std::int64_t& extent = out[static_cast<std::size_t>(axis)];
    extent = std::min(extent, kept);
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost compress_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return work_cost(call, outputs, {}, {.m = real(outputs[0].elements())});
}

Result<std::vector<TensorFact>> unique_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  Shape out = call.inputs[0].shape;
  std::int64_t positions = call.inputs[0].elements();
  if (const auto* stated = call.node.attribute<std::int64_t>("axis"); stated != nullptr) {
    FORECOST_TRY(const std::int64_t axis, axis_in(call, *stated, out.size()));
    positions = out[static_cast<std::size_t>(axis)];
  } else {
    out = {positions};
  }
  const TensorFact places = fact_of(call, ElementType::int64, {positions});
  return named_outputs(call, {fact_of(call, call.inputs[0].element, std::move(out)), places, places, places});
}

Cost unique_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const auto elements = static_cast<std::uint64_t>(call.inputs[0].elements());
  return per_input_cost(call, outputs, static_cast<std::int64_t>(std::bit_width(elements)));
}

Result<std::vector<TensorFact>> suppression_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& boxes = call.inputs[0].shape;
  const Shape& scores = call.inputs[1].shape;
  if (boxes.size() != 3 || scores.size() != 3 || boxes[2] != 4 || boxes[0] != scores[0] ||
      boxes[1] != scores[2]) {
    return call.refuse(
        fmt::format("boxes [{}] and scores [{}]", fmt::join(boxes, ", "), fmt::join(scores, ", ")),
        "boxes must be [batches, boxes, 4] and scores [batches, classes, boxes]");
  }
  std::int64_t most = boxes[1];
  if (!call.has(2))
    most = 0;
  else if (const auto* known = call.integers(2); known != nullptr && known->size() == 1) {
    most = std::clamp<std::int64_t>(known->front(), 0, boxes[1]);
  }
  return std::vector<TensorFact>{
      fact_of(call, ElementType::int64, {product({scores[0], scores[1], most}), 3})};
}

Cost suppression_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape& scores = call.inputs[1].shape;
  // Every candidate is compared with every selected box: an intersection over union takes about 12
  // operations.
  const std::int64_t work = product({outputs[0].shape[0], scores[2], 12});
  return work_cost(call, outputs, {.other = work},
                   {.batch = real(scores[0]), .m = real(scores[1]), .n = real(scores[2])});
}

network::Network extreme_example(std::string op, std::int64_t batch) {
  network::Builder builder("extreme");
  const auto x = builder.input("x", {batch, 10});
  builder.output(builder.node(std::move(op), {x}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}},
                              {{"y", ElementType::int64, {batch}}})[0]);
  return builder.finish();
}

network::Network top_example(std::int64_t batch) {
  network::Builder builder("top_k");
  const auto x = builder.input("x", {batch, 10});
  const auto y = builder.node(
      "TopK", {x, builder.integers({3}, {1})}, {},
      {{"values", ElementType::float32, {batch, 3}}, {"places", ElementType::int64, {batch, 3}}});
  for (const auto& value : y) builder.output(value);
  return builder.finish();
}

network::Network compress_example(std::int64_t batch) {
  network::Builder builder("compress");
  const auto x = builder.input("x", {batch, 4});
  const auto keep = builder.input("keep", {batch}, ElementType::boolean);
  builder.output(builder.node("Compress", {x, keep}, {{"axis", std::int64_t{0}}},
                              {{"y", ElementType::float32, {batch, 4}}})[0]);
  return builder.finish();
}

network::Network unique_example(std::int64_t batch) {
  network::Builder builder("unique");
  const auto x = builder.input("x", {batch, 8});
  builder.output(builder.node("Unique", {x}, {}, {{"y", ElementType::float32, {batch * 8}}})[0]);
  return builder.finish();
}

network::Network suppression_example(std::int64_t batch) {
  network::Builder builder("non_max_suppression");
  const auto boxes = builder.input("boxes", {batch, 16, 4});
  const auto scores = builder.input("scores", {batch, 2, 16});
  builder.output(builder.node("NonMaxSuppression", {boxes, scores, builder.integers({3}, {1})}, {},
                              {{"y", ElementType::int64, {batch * 6, 3}}})[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> selection() {
  return {
      {.op = "ArgMax",
       .shapes = extreme_shapes,
       .cost = extreme_cost,
       .example = [](std::int64_t batch) { return extreme_example("ArgMax", batch); },
       .summary = "position of the largest element along an axis"},
      {.op = "ArgMin",
       .shapes = extreme_shapes,
       .cost = extreme_cost,
       .example = [](std::int64_t batch) { return extreme_example("ArgMin", batch); },
       .summary = "position of the smallest element along an axis"},
      {.op = "TopK",
       .shapes = top_shapes,
       .cost = top_cost,
       .example = top_example,
       .summary = "the k largest elements along an axis"},
      {.op = "Compress",
       .shapes = compress_shapes,
       .cost = compress_cost,
       .example = compress_example,
       .summary = "positions where a condition holds (upper bound)"},
      {.op = "Unique",
       .shapes = unique_shapes,
       .cost = unique_cost,
       .example = unique_example,
       .summary = "distinct elements (upper bound)",
       .batch_scales = false},  // sorting grows faster than the batch
      {.op = "NonMaxSuppression",
       .shapes = suppression_shapes,
       .cost = suppression_cost,
       .example = suppression_example,
       .summary = "boxes that do not overlap (upper bound)"},
  };
}

}  // namespace forecost::layer::ops
