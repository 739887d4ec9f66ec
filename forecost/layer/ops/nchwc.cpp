// SPDX-License-Identifier: Apache-2.0
// Domain com.microsoft.nchwc: the operators that ONNX Runtime's CPU optimiser writes for tensors whose
// channels are stored in blocks of 8 or 16 (nchwc_transformer.cc). Channels are padded to whole blocks, and
// the file says so in the weights alone; work is counted on the padded shapes, since the kernels do it.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/convolution_work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::string_view nchwc_domain = "com.microsoft.nchwc";
/// Channels of a block: 16 on processors with AVX-512. Lowering states others.
std::int64_t block_of(const OpCall& call) {
  return call.node.int_or("block", 16);
}

Convolution operands_of(const OpCall& call) {
  return {.data = call.inputs[0].shape, .weights = call.inputs[1].shape, .slack = block_of(call) - 1};
}

Result<std::vector<TensorFact>> conv_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  FORECOST_TRY(Shape out, convolved(call, operands_of(call)));
  if (call.has(3) && call.inputs[3].shape != out) {
    return call.refuse(fmt::format("residual [{}] for an output [{}]", fmt::join(call.inputs[3].shape, ", "),
                                   fmt::join(out, ", ")),
                       "the tensor that is added must have the shape of the output");
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost conv_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape& out = outputs[0].shape;
  const Convolution operands = operands_of(call);
  const std::int64_t each = (call.has(2) ? 1 : 0) + (call.has(3) ? 1 : 0) +
                            operations_of_activation(call.node.string_or("activation", ""));
  return work_cost(call, outputs,
                   {.macs = convolution_macs(operands, out), .other = product({outputs[0].elements(), each})},
                   convolution_extents(call, operands, out));
}

Result<std::vector<TensorFact>> pool_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& x = call.inputs[0].shape;
  FORECOST_TRY(const Window window, window_of(call, x, {}));
  Shape out{x[0], x[1]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Extents image_extents(const Shape& in, const Shape& out) {
  return {.batch = real(out[0]),
          .m = real(extent_product(out, 2, out.size())),
          .n = real(out[1]),
          .in_h = real(extent_product(in, 2, in.size() - 1)),
          .in_w = real(in.back()),
          .out_h = real(extent_product(out, 2, out.size() - 1)),
          .out_w = real(out.back())};
}

Cost pool_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Extents extents = image_extents(call.inputs[0].shape, outputs[0].shape);
  const Shape kernel = call.node.ints_or("kernel_shape", {1, 1});
  const auto stride = call.node.ints_or("strides", std::vector<std::int64_t>(kernel.size(), 1));
  extents.kernel_h = real(extent_product(kernel, 0, kernel.size() - 1));
  extents.kernel_w = real(kernel.back());
  extents.stride_h = stride.size() > 1 ? real(stride.front()) : 1;
  extents.stride_w = real(stride.back());
  const std::int64_t each = extent_product(kernel, 0, kernel.size());
  return work_cost(call, outputs, {.other = product({outputs[0].elements(), each})}, extents);
}

Status is_image(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  if (call.inputs[0].shape.size() >= 3) return Done{};
  return call.refuse(fmt::format("input [{}]", fmt::join(call.inputs[0].shape, ", ")),
                     "blocked layouts hold batch, channels and spatial axes: rank 3 or more");
}

Result<std::vector<TensorFact>> global_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done image, is_image(call));
  Shape out = call.inputs[0].shape;
  std::fill(out.begin() + 2, out.end(), 1);
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost global_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Extents extents = image_extents(call.inputs[0].shape, outputs[0].shape);
  extents.kernel_h = extents.in_h;
  extents.kernel_w = extents.in_w;
  return work_cost(call, outputs, {.other = call.inputs[0].elements()}, extents);
}

Result<std::vector<TensorFact>> upsample_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done image, is_image(call));
  Shape out = call.inputs[0].shape;
  const auto scales = call.node.ints_or("scales", {});
  if (scales.size() != out.size() ||
      std::any_of(scales.begin(), scales.end(), [](auto s) { return s < 1; })) {
    return call.refuse(
        fmt::format("scales [{}] for an input [{}]", fmt::join(scales, ", "), fmt::join(out, ", ")),
        "there must be one positive scale per axis");
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = product({out[i], scales[i]});
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost upsample_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t each = call.node.string_or("mode", "nearest") == "linear" ? 8 : 0;
  return work_cost(call, outputs, {.other = product({outputs[0].elements(), each})},
                   image_extents(call.inputs[0].shape, outputs[0].shape));
}

Result<std::vector<TensorFact>> into_blocks_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done image, is_image(call));
  Shape out = call.inputs[0].shape;
  if (call.node.int_or("channels_last", 0) != 0) std::rotate(out.begin() + 1, out.end() - 1, out.end());
  const std::int64_t block = block_of(call);
  out[1] = product({out[1] / block + (out[1] % block != 0 ? 1 : 0), block});
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Result<std::vector<TensorFact>> out_of_blocks_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done image, is_image(call));
  Shape out = call.inputs[0].shape;
  const std::int64_t channels = call.node.int_or("channels", 0);
  if (channels < 1 || channels > out[1]) {
    return call.refuse(fmt::format("channels = {} of {}", channels, out[1]),
                       "the attribute channels is the number before padding");
  }
  out[1] = channels;
  if (call.node.int_or("channels_last", 0) != 0) std::rotate(out.begin() + 1, out.begin() + 2, out.end());
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost moved_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

network::Network conv_example(std::int64_t batch) {
  network::Builder builder("nchwc_conv");
  const auto x = builder.input("x", {batch, 16, 8, 8});
  builder.output(
      builder.node("Conv", {x, builder.weights({32, 16, 3, 3}, 0.1), builder.filled({32}, 0)},
                   {{"activation", std::string("Relu")}, {"pads", std::vector<std::int64_t>{1, 1, 1, 1}}},
                   {{"y", ElementType::float32, {batch, 32, 8, 8}}}, std::string(nchwc_domain))[0]);
  return builder.finish();
}

network::Network example_of(std::string op, network::Attributes attributes, network::Shape out) {
  network::Builder builder("nchwc");
  const auto x = builder.input("x", {out[0], 16, 8, 8});
  builder.output(builder.node(std::move(op), {x}, std::move(attributes),
                              {{"y", ElementType::float32, std::move(out)}}, std::string(nchwc_domain))[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> nchwc() {
  return {
      {.op = "Conv",
       .domain = nchwc_domain,
       .shapes = conv_shapes,
       .cost = conv_cost,
       .example = conv_example,
       .summary = "blocked convolution, with residual and activation"},
      {.op = "MaxPool",
       .domain = nchwc_domain,
       .shapes = pool_shapes,
       .cost = pool_cost,
       .example =
           [](std::int64_t n) {
             return example_of("MaxPool", {{"kernel_shape", std::vector<std::int64_t>{2, 2}}}, {n, 16, 7, 7});
           },
       .summary = "blocked max pooling"},
      {.op = "AveragePool",
       .domain = nchwc_domain,
       .shapes = pool_shapes,
       .cost = pool_cost,
       .example =
           [](std::int64_t n) {
             return example_of("AveragePool", {{"kernel_shape", std::vector<std::int64_t>{2, 2}}},
                               {n, 16, 7, 7});
           },
       .summary = "blocked average pooling"},
      {.op = "GlobalMaxPool",
       .domain = nchwc_domain,
       .shapes = global_shapes,
       .cost = global_cost,
       .example =
           [](std::int64_t n) {
             return example_of("GlobalMaxPool", {}, {n, 16, 1, 1});
           },
       .summary = "blocked maximum over all pixels"},
      {.op = "GlobalAveragePool",
       .domain = nchwc_domain,
       .shapes = global_shapes,
       .cost = global_cost,
       .example =
           [](std::int64_t n) {
             return example_of("GlobalAveragePool", {}, {n, 16, 1, 1});
           },
       .summary = "blocked mean over all pixels"},
      {.op = "Upsample",
       .domain = nchwc_domain,
       .shapes = upsample_shapes,
       .cost = upsample_cost,
       .example =
           [](std::int64_t n) {
             return example_of("Upsample", {{"scales", std::vector<std::int64_t>{1, 1, 2, 2}}},
                               {n, 16, 16, 16});
           },
       .summary = "blocked upsampling by whole factors"},
      {.op = "ReorderInput",
       .domain = nchwc_domain,
       .shapes = into_blocks_shapes,
       .cost = moved_cost,
       .example =
           [](std::int64_t n) {
             return example_of("ReorderInput", {}, {n, 16, 8, 8});
           },
       .summary = "into the blocked layout"},
      {.op = "ReorderOutput",
       .domain = nchwc_domain,
       .shapes = out_of_blocks_shapes,
       .cost = moved_cost,
       .example =
           [](std::int64_t n) {
             return example_of("ReorderOutput", {{"channels", std::int64_t{12}}}, {n, 12, 8, 8});
           },
       .summary = "out of the blocked layout"},
  };
}

}  // namespace forecost::layer::ops
