// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear-23, DequantizeLinear-23, DynamicQuantizeLinear-11.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

/// One scale for all, one per slice of the axis, or one per block of it.
Status check_scale(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& x = call.inputs[0].shape;
  const Shape& scale = call.inputs[1].shape;
  if (extent_product(scale, 0, scale.size()) == 1 || scale.size() == x.size()) return Done{};
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", 1), x.size()));
  if (scale == Shape{x[static_cast<std::size_t>(axis)]}) return Done{};
  return call.refuse(fmt::format("scale [{}] for an input [{}] along axis {}", fmt::join(scale, ", "),
                                 fmt::join(x, ", "), axis),
                     "the scale is one number, one per slice of the axis, or one per block");
}

Result<std::vector<TensorFact>> quantise_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done scaled, check_scale(call));
  ElementType element = call.has(2) ? call.inputs[2].element : ElementType::uint8;
  if (const auto stated = call.node.int_or("output_dtype", 0); stated != 0)
    element = static_cast<ElementType>(stated);
  return std::vector<TensorFact>{fact_of(call, element, call.inputs[0].shape)};
}

Result<std::vector<TensorFact>> restore_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done scaled, check_scale(call));
  ElementType element = call.inputs[1].element;
  if (const auto stated = call.node.int_or("output_dtype", 0); stated != 0)
    element = static_cast<ElementType>(stated);
  return std::vector<TensorFact>{fact_of(call, element, call.inputs[0].shape)};
}

Result<std::vector<TensorFact>> dynamic_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  return named_outputs(
      call, {fact_of(call, ElementType::uint8, call.inputs[0].shape), fact_of(call, ElementType::float32, {}),
             fact_of(call, ElementType::uint8, {})});
}

/// Divide, round, shift, clamp.
Cost quantise_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 4);
}
/// Shift, scale.
Cost restore_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 2);
}
/// Extremes first, then as QuantizeLinear.
Cost dynamic_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = call.inputs[0].elements();
  return work_cost(call, outputs, {.other = product({elements, 6})}, {.m = real(elements)});
}

network::Network quantise_example(std::int64_t batch) {
  network::Builder builder("quantize");
  const auto x = builder.input("x", {batch, 8});
  builder.output(builder.node("QuantizeLinear",
                              {x, builder.scalar(0.1), builder.scalar(0, ElementType::int8)}, {},
                              {{"y", ElementType::int8, {batch, 8}}})[0]);
  return builder.finish();
}

network::Network restore_example(std::int64_t batch) {
  network::Builder builder("dequantize");
  const auto x = builder.input("x", {batch, 8}, ElementType::int8);
  builder.output(builder.node("DequantizeLinear",
                              {x, builder.scalar(0.1), builder.scalar(0, ElementType::int8)}, {},
                              {{"y", ElementType::float32, {batch, 8}}})[0]);
  return builder.finish();
}

network::Network dynamic_example(std::int64_t batch) {
  network::Builder builder("dynamic_quantize");
  const auto x = builder.input("x", {batch, 8});
  const auto made = builder.node("DynamicQuantizeLinear", {x}, {},
                                 {{"y", ElementType::uint8, {batch, 8}},
                                  {"scale", ElementType::float32, {}},
                                  {"zero", ElementType::uint8, {}}});
  for (const auto& value : made) builder.output(value);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> quantization() {
  return {
      {.op = "QuantizeLinear",
       .shapes = quantise_shapes,
       .cost = quantise_cost,
       .example = quantise_example,
       .summary = "reals to integers with a given scale"},
      {.op = "DequantizeLinear",
       .shapes = restore_shapes,
       .cost = restore_cost,
       .example = restore_example,
       .summary = "integers to reals"},
      {.op = "DynamicQuantizeLinear",
       .shapes = dynamic_shapes,
       .cost = dynamic_cost,
       .example = dynamic_example,
       .summary = "reals to uint8 with a scale from their range",
       .batch_scales = false},  // one scale and one zero point for every batch
  };
}

}  // namespace forecost::layer::ops
