// SPDX-License-Identifier: Apache-2.0
// Normalisations of ai.onnx: LayerNormalization-17, RMSNormalization-23, InstanceNormalization-22,
// GroupNormalization-21, MeanVarianceNormalization-13, LRN-13, LpNormalization-22.
// SimplifiedLayerNormalization is ONNX Runtime's RMSNormalization. Operations per element: mean and variance
// 4, centre, scale and shift 4.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::int64_t per_element = 8;
constexpr std::int64_t per_element_without_mean = 5;

Cost rows_cost(const OpCall& call, std::span<const TensorFact> outputs, std::int64_t rows,
               std::int64_t each) {
  const std::int64_t elements = call.inputs[0].elements();
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.m = real(rows), .n = rows > 0 ? real(elements / rows) : 0});
}

std::int64_t layer_axis(const OpCall& call) {
  const std::int64_t axis = call.node.int_or("axis", -1);
  return axis < 0 ? axis + static_cast<std::int64_t>(call.inputs[0].shape.size()) : axis;
}

Status fits_normalised(const OpCall& call, std::size_t input, std::int64_t axis) {
  if (!call.has(input)) return Done{};
  const Shape& shape = call.inputs[0].shape;
  const Shape normalised(shape.begin() + axis, shape.end());
  FORECOST_TRY(const Shape both, broadcast(call, call.inputs[input].shape, shape));
  if (both != shape) {
    return call.refuse(fmt::format("input {} [{}] does not broadcast to the normalised axes [{}]", input,
                                   fmt::join(call.inputs[input].shape, ", "), fmt::join(normalised, ", ")),
                       "scale and bias have the extents of the axes from `axis` on");
  }
  return Done{};
}

Result<std::vector<TensorFact>> layer_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& shape = call.inputs[0].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", -1), shape.size()));
  for (std::size_t input = 1; input <= 2; ++input) {
    FORECOST_TRY([[maybe_unused]] const Done fits, fits_normalised(call, input, axis));
  }
  Shape reduced = shape;
  std::fill(reduced.begin() + axis, reduced.end(), 1);
  const auto statistics = static_cast<ElementType>(call.node.int_or("stash_type", 1));
  const TensorFact statistic = fact_of(call, statistics, std::move(reduced));
  std::vector<TensorFact> facts{fact_of(call, call.inputs[0].element, shape), statistic};
  if (call.node.op == "LayerNormalization") facts.push_back(statistic);
  return named_outputs(call, std::move(facts));
}

Cost layer_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t rows =
      extent_product(call.inputs[0].shape, 0, static_cast<std::size_t>(layer_axis(call)));
  return rows_cost(call, outputs, rows,
                   call.node.op == "LayerNormalization" ? per_element : per_element_without_mean);
}

Status has_channels(const OpCall& call, std::size_t least_rank) {
  const Shape& shape = call.inputs[0].shape;
  if (shape.size() >= least_rank) return Done{};
  return call.refuse(fmt::format("input [{}] has rank {}", fmt::join(shape, ", "), shape.size()),
                     fmt::format("the input must be batch, channels and more: rank {} or above", least_rank));
}

Result<std::vector<TensorFact>> channel_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  FORECOST_TRY([[maybe_unused]] const Done ranked, has_channels(call, 3));
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t groups = call.node.int_or("num_groups", 0);
  const bool grouped = call.node.op == "GroupNormalization";
  if (grouped && (groups <= 0 || shape[1] % groups != 0)) {
    return call.refuse(fmt::format("num_groups = {} for {} channels", groups, shape[1]),
                       "the number of channels must be a multiple of num_groups");
  }
  const std::int64_t wanted = grouped && call.opset < 21 ? groups : shape[1];
  for (std::size_t input = 1; input <= 2; ++input) {
    if (call.inputs[input].shape != Shape{wanted}) {
      return call.refuse(fmt::format("input {} is [{}]", input, fmt::join(call.inputs[input].shape, ", ")),
                         fmt::format("scale and bias must be [{}]", wanted));
    }
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, shape)};
}

Cost channel_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t groups =
      call.node.op == "GroupNormalization" ? call.node.int_or("num_groups", 1) : shape[1];
  return rows_cost(call, outputs, product({shape[0], groups}), per_element);
}

Result<std::vector<TensorFact>> axes_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& shape = call.inputs[0].shape;
  for (const std::int64_t axis : call.node.ints_or("axes", {0, 2, 3})) {
    FORECOST_TRY([[maybe_unused]] const std::int64_t valid, axis_in(call, axis, shape.size()));
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, shape)};
}

Cost axes_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Shape rows = call.inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(rows.size());
  for (const std::int64_t axis : call.node.ints_or("axes", {0, 2, 3})) {
    rows[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = 1;
  }
  return rows_cost(call, outputs, extent_product(rows, 0, rows.size()), per_element);
}

Result<std::vector<TensorFact>> lrn_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY([[maybe_unused]] const Done ranked, has_channels(call, 2));
  if (call.node.int_or("size", 0) <= 0) {
    return call.refuse(fmt::format("size = {}", call.node.int_or("size", 0)),
                       "LRN sums over a positive number of channels: set the attribute size");
  }
  return same_as_input(call);
}

Cost lrn_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = call.inputs[0].elements();
  const Shape& shape = call.inputs[0].shape;
  const std::int64_t each = sum({product({2, call.node.int_or("size", 1)}), 7});
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.m = shape[1] > 0 ? real(elements / shape[1]) : 0, .n = real(shape[1])});
}

Result<std::vector<TensorFact>> lp_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY([[maybe_unused]] const std::int64_t axis,
               axis_in(call, call.node.int_or("axis", -1), call.inputs[0].shape.size()));
  return same_as_input(call);
}

Cost lp_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t length = call.inputs[0].shape[static_cast<std::size_t>(layer_axis(call))];
  return rows_cost(call, outputs, length > 0 ? call.inputs[0].elements() / length : 0, 3);
}

network::Network example_of(std::string op, std::int64_t batch, network::Attributes attributes,
                            std::int64_t scales) {
  network::Builder builder("normalization", op == "RMSNormalization" ? 23 : 21);
  std::vector<network::Value> inputs{builder.input("x", {batch, 8, 4, 4})};
  const std::int64_t length = op == "InstanceNormalization" || op == "GroupNormalization" ? 8 : 4;
  for (std::int64_t i = 0; i < scales; ++i) inputs.push_back(builder.filled({length}, 1));
  builder.output(builder.same(std::move(op), inputs, std::move(attributes)));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> normalization() {
  return {
      {.op = "LayerNormalization",
       .shapes = layer_shapes,
       .cost = layer_cost,
       .example = [](std::int64_t batch) { return example_of("LayerNormalization", batch, {}, 2); },
       .summary = "zero mean, unit variance over the last axes"},
      {.op = "RMSNormalization",
       .shapes = layer_shapes,
       .cost = layer_cost,
       .example = [](std::int64_t batch) { return example_of("RMSNormalization", batch, {}, 1); },
       .summary = "unit root mean square over the last axes"},
      {.op = "SimplifiedLayerNormalization",
       .shapes = layer_shapes,
       .cost = layer_cost,
       .example = [](std::int64_t batch) { return example_of("SimplifiedLayerNormalization", batch, {}, 1); },
       .summary = "ONNX Runtime's RMSNormalization"},
      {.op = "InstanceNormalization",
       .shapes = channel_shapes,
       .cost = channel_cost,
       .example = [](std::int64_t batch) { return example_of("InstanceNormalization", batch, {}, 2); },
       .summary = "normalises each channel of each instance"},
      {.op = "GroupNormalization",
       .shapes = channel_shapes,
       .cost = channel_cost,
       .example =
           [](std::int64_t batch) {
             return example_of("GroupNormalization", batch, {{"num_groups", std::int64_t{2}}}, 2);
           },
       .summary = "normalises groups of channels"},
      {.op = "MeanVarianceNormalization",
       .shapes = axes_shapes,
       .cost = axes_cost,
       .example = [](std::int64_t batch) { return example_of("MeanVarianceNormalization", batch, {}, 0); },
       .summary = "zero mean, unit variance over stated axes"},
      {.op = "LRN",
       .shapes = lrn_shapes,
       .cost = lrn_cost,
       .example =
           [](std::int64_t batch) {
             return example_of("LRN", batch, {{"size", std::int64_t{5}}}, 0);
           },
       .summary = "local response normalisation across channels"},
      {.op = "LpNormalization",
       .shapes = lp_shapes,
       .cost = lp_cost,
       .example = [](std::int64_t batch) { return example_of("LpNormalization", batch, {}, 0); },
       .summary = "unit L1 or L2 norm along an axis"},
  };
}

}  // namespace forecost::layer::ops
