// SPDX-License-Identifier: Apache-2.0
// ConvInteger-10 and QLinearConv-10 of ai.onnx; ONNX Runtime's FusedConv, whose fourth input is added to the
// result.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/convolution_work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Convolution operands_of(const OpCall& call) {
  return {.data = call.inputs[0].shape, .weights = call.inputs[call.node.op == "QLinearConv" ? 3 : 1].shape};
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  const bool rescales = call.node.op == "QLinearConv";
  const bool reals = call.node.op == "FusedConv";
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, rescales ? 8 : 2));
  FORECOST_TRY(Shape out, convolved(call, operands_of(call)));
  if (reals && call.has(3) && call.inputs[3].shape != out) {
    return call.refuse(fmt::format("residual [{}] for an output [{}]", fmt::join(call.inputs[3].shape, ", "),
                                   fmt::join(out, ", ")),
                       "the tensor that is added must have the shape of the output");
  }
  const ElementType element = rescales ? call.inputs[7].element
                              : reals  ? call.inputs[0].element
                                       : ElementType::int32;
  return std::vector<TensorFact>{fact_of(call, element, std::move(out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Convolution operands = operands_of(call);
  const Shape& out = outputs[0].shape;
  std::int64_t each = 0;
  if (call.node.op == "QLinearConv") each = 3 + (call.has(8) ? 1 : 0);
  if (call.node.op == "FusedConv") {
    each = (call.has(2) ? 1 : 0) + (call.has(3) ? 1 : 0) +
           operations_of_activation(call.node.string_or("activation", ""));
  }
  return work_cost(call, outputs,
                   {.macs = convolution_macs(operands, out), .other = product({outputs[0].elements(), each})},
                   convolution_extents(call, operands, out));
}

network::Network integer_example(std::int64_t batch) {
  network::Builder builder("conv_integer");
  const auto x = builder.input("x", {batch, 4, 8, 8}, ElementType::uint8);
  builder.output(builder.node("ConvInteger", {x, builder.filled({8, 4, 3, 3}, 1, ElementType::uint8)}, {},
                              {{"y", ElementType::int32, {batch, 8, 6, 6}}})[0]);
  return builder.finish();
}

network::Network linear_example(std::int64_t batch) {
  network::Builder builder("qlinear_conv");
  const auto x = builder.input("x", {batch, 4, 8, 8}, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  const auto zero = builder.scalar(0, ElementType::uint8);
  const auto w = builder.filled({8, 4, 3, 3}, 1, ElementType::uint8);
  const auto bias = builder.filled({8}, 1, ElementType::int32);
  builder.output(builder.node("QLinearConv", {x, scale, zero, w, scale, zero, scale, zero, bias}, {},
                              {{"y", ElementType::uint8, {batch, 8, 6, 6}}})[0]);
  return builder.finish();
}

network::Network fused_example(std::int64_t batch) {
  network::Builder builder("fused_conv");
  const auto x = builder.input("x", {batch, 4, 8, 8});
  const auto residual = builder.input("residual", {batch, 8, 6, 6});
  builder.output(builder.node("FusedConv",
                              {x, builder.weights({8, 4, 3, 3}, 0.1), builder.filled({8}, 0), residual},
                              {{"activation", std::string("Relu")}},
                              {{"y", ElementType::float32, {batch, 8, 6, 6}}}, "com.microsoft")[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> quantized_convolution() {
  return {
      {.op = "ConvInteger",
       .shapes = shapes,
       .cost = cost,
       .example = integer_example,
       .summary = "convolution of int8 tensors into int32"},
      {.op = "QLinearConv",
       .shapes = shapes,
       .cost = cost,
       .example = linear_example,
       .summary = "convolution of int8 tensors, rescaled to int8"},
      {.op = "FusedConv",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = fused_example,
       .summary = "Conv with fused residual and activation"},
  };
}

}  // namespace forecost::layer::ops
