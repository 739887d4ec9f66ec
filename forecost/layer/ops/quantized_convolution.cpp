// SPDX-License-Identifier: Apache-2.0
// ConvInteger-10 and QLinearConv-10 of ai.onnx; ONNX Runtime's QLinearConv, whose images may have their
// channels last, and FusedConv, whose fourth input is added to the result.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/convolution_work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

bool channels_last(const OpCall& call) {
  return call.node.int_or("channels_last", 0) != 0 && call.inputs[0].shape.size() > 2;
}

/// The image as [N, C, spatial...] whatever its layout; weights are never re-laid-out.
Shape image_of(const OpCall& call) {
  Shape image = call.inputs[0].shape;
  if (channels_last(call)) std::rotate(image.begin() + 1, image.end() - 1, image.end());
  return image;
}

/// Refers to `image`.
Convolution operands_of(const OpCall& call, const Shape& image) {
  return {.data = image, .weights = call.inputs[call.node.op == "QLinearConv" ? 3 : 1].shape};
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  const bool rescales = call.node.op == "QLinearConv";
  const bool reals = call.node.op == "FusedConv";
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, rescales ? 8 : 2));
  const Shape image = image_of(call);
  FORECOST_TRY(Shape out, convolved(call, operands_of(call, image)));
  if (reals && call.has(3) && call.inputs[3].shape != out) {
    return call.refuse(fmt::format("residual [{}] for an output [{}]", fmt::join(call.inputs[3].shape, ", "),
                                   fmt::join(out, ", ")),
                       "the tensor that is added must have the shape of the output");
  }
  const ElementType element = rescales ? call.inputs[7].element
                              : reals  ? call.inputs[0].element
                                       : ElementType::int32;
  if (channels_last(call)) std::rotate(out.begin() + 1, out.begin() + 2, out.end());
  return std::vector<TensorFact>{fact_of(call, element, std::move(out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape image = image_of(call);
  const Convolution operands = operands_of(call, image);
  Shape out = outputs[0].shape;
  if (channels_last(call)) std::rotate(out.begin() + 1, out.end() - 1, out.end());
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

network::Network linear_example(std::int64_t batch, std::string domain) {
  network::Builder builder("qlinear_conv");
  const bool last = !domain.empty();
  const Shape image = last ? Shape{batch, 8, 8, 4} : Shape{batch, 4, 8, 8};
  const Shape out = last ? Shape{batch, 6, 6, 8} : Shape{batch, 8, 6, 6};
  const network::Attributes layout =
      last ? network::Attributes{{"channels_last", std::int64_t{1}}} : network::Attributes{};
  const auto x = builder.input("x", image, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  const auto zero = builder.scalar(0, ElementType::uint8);
  const auto w = builder.filled({8, 4, 3, 3}, 1, ElementType::uint8);
  const auto bias = builder.filled({8}, 1, ElementType::int32);
  builder.output(builder.node("QLinearConv", {x, scale, zero, w, scale, zero, scale, zero, bias}, layout,
                              {{"y", ElementType::uint8, out}}, std::move(domain))[0]);
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
       .example = [](std::int64_t batch) { return linear_example(batch, ""); },
       .summary = "convolution of int8 tensors, rescaled to int8"},
      {.op = "QLinearConv",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return linear_example(batch, "com.microsoft"); },
       .summary = "the same, channels first or last"},
      {.op = "FusedConv",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = fused_example,
       .summary = "Conv with fused residual and activation"},
  };
}

}  // namespace forecost::layer::ops
