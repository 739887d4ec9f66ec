// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime's operators on quantised tensors (ContribOperators.md): each takes its inputs with scale and
// zero point.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::string_view microsoft = "com.microsoft";

Result<std::vector<TensorFact>> binary_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done first, needs_inputs(call, 1));
  if (!call.has(3))
    return call.refuse("the second operand is missing", "it is input 3, after scale and zero point");
  FORECOST_TRY(Shape out, broadcast(call, call.inputs[0].shape, call.inputs[3].shape));
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

/// Both operands are shifted and scaled, the result rescaled.
Cost binary_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 8);
}

/// A table of 256 entries.
Cost lookup_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 1);
}

Cost softmax_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = call.inputs[0].elements();
  const Shape& shape = call.inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = call.node.int_or("axis", -1);
  if (axis < 0) axis += rank;
  const std::int64_t length = axis >= 0 && axis < rank ? shape[static_cast<std::size_t>(axis)] : 1;
  return work_cost(call, outputs, {.other = product({elements, 5})},
                   {.m = length > 0 ? real(elements / length) : 0, .n = real(length)});
}

Result<std::vector<TensorFact>> concat_shapes(const OpCall& call) {
  if (!call.has(2))
    return call.refuse("there is no tensor to join", "inputs are y scale, y zero point, then triples");
  Shape out = call.inputs[2].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", 0), out.size()));
  const auto at = static_cast<std::size_t>(axis);
  for (std::size_t i = 5; i < call.inputs.size(); i += 3) {
    Shape part = call.inputs[i].shape;
    const bool ranked = part.size() == out.size();
    const std::int64_t extent = ranked ? part[at] : 0;
    if (ranked) part[at] = out[at];
    if (part != out) {
      return call.refuse(fmt::format("input {} [{}] does not fit [{}]", i,
                                     fmt::join(call.inputs[i].shape, ", "), fmt::join(out, ", ")),
                         "all extents but that of the axis must be equal");
    }
    out[at] = sum({out[at], extent});
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[2].element, std::move(out))};
}

bool channels_last(const OpCall& call) {
  return call.node.op == "NhwcMaxPool" || call.node.int_or("channels_last", 0) != 0;
}

/// [N, C, spatial...] whatever the layout.
Result<Shape> image_of(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  Shape shape = call.inputs[0].shape;
  if (shape.size() < 3) {
    return call.refuse(fmt::format("input [{}]", fmt::join(shape, ", ")),
                       "pooling needs batch, channels and spatial axes");
  }
  if (channels_last(call)) std::rotate(shape.begin() + 1, shape.end() - 1, shape.end());
  return shape;
}

TensorFact laid_out(const OpCall& call, Shape image) {
  if (channels_last(call)) std::rotate(image.begin() + 1, image.begin() + 2, image.end());
  return fact_of(call, call.inputs[0].element, std::move(image));
}

Result<std::vector<TensorFact>> pool_shapes(const OpCall& call) {
  FORECOST_TRY(Shape image, image_of(call));
  FORECOST_TRY(const Window window, window_of(call, image, {}));
  std::copy(window.out.begin(), window.out.end(), image.begin() + 2);
  return std::vector<TensorFact>{laid_out(call, std::move(image))};
}

Cost pool_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape kernel = call.node.ints_or("kernel_shape", {});
  const std::int64_t each = extent_product(kernel, 0, kernel.size());
  const Shape in = image_of(call).value();
  const std::int64_t elements = outputs[0].elements();
  const std::int64_t rows = product({in[0], in[1]});
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.batch = real(in[0]),
                    .m = rows > 0 ? real(elements / rows) : 0,
                    .n = real(in[1]),
                    .kernel_h = real(kernel.empty() ? 1 : kernel.front()),
                    .kernel_w = real(kernel.empty() ? 1 : kernel.back())});
}

Result<std::vector<TensorFact>> global_shapes(const OpCall& call) {
  FORECOST_TRY(Shape image, image_of(call));
  std::fill(image.begin() + 2, image.end(), 1);
  return std::vector<TensorFact>{laid_out(call, std::move(image))};
}

Cost global_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = call.inputs[0].elements();
  const std::int64_t rows = outputs[0].elements();
  return work_cost(call, outputs, {.other = sum({elements, product({rows, 3})})},
                   {.m = real(rows), .n = rows > 0 ? real(elements / rows) : 0});
}

struct Operands {
  network::Value x, scale, zero;
};

Operands operands(network::Builder& builder, Shape shape) {
  return {builder.input("x", std::move(shape), ElementType::uint8), builder.scalar(0.1),
          builder.scalar(0, ElementType::uint8)};
}

network::Network binary_example(std::string op, std::int64_t batch) {
  network::Builder builder("quantised_binary");
  const auto [x, scale, zero] = operands(builder, {batch, 8});
  const auto other = builder.input("other", {batch, 8}, ElementType::uint8);
  builder.output(builder.same(std::move(op), {x, scale, zero, other, scale, zero, scale, zero}, {},
                              std::string(microsoft)));
  return builder.finish();
}

network::Network unary_example(std::string op, std::int64_t batch) {
  network::Builder builder("quantised_unary");
  const auto [x, scale, zero] = operands(builder, {batch, 8});
  builder.output(builder.same(std::move(op), {x, scale, zero, scale, zero}, {}, std::string(microsoft)));
  return builder.finish();
}

network::Network concat_example(std::int64_t batch) {
  network::Builder builder("quantised_concat");
  const auto [x, scale, zero] = operands(builder, {batch, 8});
  builder.output(builder.node("QLinearConcat", {scale, zero, x, scale, zero, x, scale, zero},
                              {{"axis", std::int64_t{1}}}, {{"y", ElementType::uint8, {batch, 16}}},
                              std::string(microsoft))[0]);
  return builder.finish();
}

network::Network average_example(std::int64_t batch) {
  network::Builder builder("quantised_average");
  const auto [x, scale, zero] = operands(builder, {batch, 2, 8, 8});
  builder.output(builder.node("QLinearAveragePool", {x, scale, zero, scale, zero},
                              {{"kernel_shape", std::vector<std::int64_t>{3, 3}}},
                              {{"y", ElementType::uint8, {batch, 2, 6, 6}}}, std::string(microsoft))[0]);
  return builder.finish();
}

network::Network global_example(std::int64_t batch) {
  network::Builder builder("quantised_mean");
  const auto [x, scale, zero] = operands(builder, {batch, 2, 8, 8});
  builder.output(builder.node("QLinearGlobalAveragePool", {x, scale, zero, scale, zero}, {},
                              {{"y", ElementType::uint8, {batch, 2, 1, 1}}}, std::string(microsoft))[0]);
  return builder.finish();
}

network::Network maximum_example(std::int64_t batch) {
  network::Builder builder("nhwc_maximum");
  const auto x = builder.input("x", {batch, 8, 8, 2}, ElementType::uint8);
  builder.output(builder.node("NhwcMaxPool", {x}, {{"kernel_shape", std::vector<std::int64_t>{3, 3}}},
                              {{"y", ElementType::uint8, {batch, 6, 6, 2}}}, std::string(microsoft))[0]);
  return builder.finish();
}

/// Shape rule, cost rule and example of one operator.
struct Parts {
  ShapeRule shapes;
  CostRule cost;
  Example example;
};

OpRule rule(std::string_view op, const Parts& parts, std::string_view summary) {
  return {.op = op,
          .domain = microsoft,
          .shapes = parts.shapes,
          .cost = parts.cost,
          .example = parts.example,
          .summary = summary};
}

}  // namespace

std::vector<OpRule> quantized_elementwise() {
  return {
      rule("QLinearAdd",
           {binary_shapes, binary_cost, [](std::int64_t n) { return binary_example("QLinearAdd", n); }},
           "sum of quantised tensors"),
      rule("QLinearMul",
           {binary_shapes, binary_cost, [](std::int64_t n) { return binary_example("QLinearMul", n); }},
           "product of quantised tensors"),
      rule("QLinearSigmoid",
           {same_as_input, lookup_cost, [](std::int64_t n) { return unary_example("QLinearSigmoid", n); }},
           "sigmoid by table"),
      rule("QLinearLeakyRelu",
           {same_as_input, lookup_cost, [](std::int64_t n) { return unary_example("QLinearLeakyRelu", n); }},
           "leaky rectifier by table"),
      rule("QLinearSoftmax",
           {same_as_input, softmax_cost, [](std::int64_t n) { return unary_example("QLinearSoftmax", n); }},
           "softmax of a quantised tensor"),
      rule("QLinearConcat", {concat_shapes, lookup_cost, concat_example},
           "joins tensors of different scales"),
      rule("QLinearAveragePool", {pool_shapes, pool_cost, average_example}, "mean over windows"),
      rule("QLinearGlobalAveragePool", {global_shapes, global_cost, global_example}, "mean over all pixels"),
      rule("NhwcMaxPool", {pool_shapes, pool_cost, maximum_example}, "maximum over windows, channels last"),
  };
}

}  // namespace forecost::layer::ops
