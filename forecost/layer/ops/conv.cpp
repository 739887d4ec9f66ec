// SPDX-License-Identifier: Apache-2.0
// Convolutions after the ONNX specification, Conv-22 and ConvTranspose-22.
//   Conv           macs = N * Cout * out pixels * Cin / groups * kernel
//   ConvTranspose  macs = N * Cin * in pixels * Cout / groups * kernel
// Padding is counted as work, as every published count does. A bias adds one operation per output element.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> conv();

namespace {

std::vector<std::int64_t> kernel_of(const Shape& weights) {
  return {weights.begin() + 2, weights.end()};
}

/// Checks ranks, groups and channels; `channels_axis` is the weights' axis that meets the input's channels.
Status check_operands(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  if (x.size() < 3 || w.size() != x.size()) {
    return call.refuse(fmt::format("input [{}] and weights [{}]", fmt::join(x, ", "), fmt::join(w, ", ")),
                       "both need the same rank of at least 3: batch, channels and the spatial axes");
  }
  const std::int64_t groups = call.node.int_or("group", 1);
  if (groups < 1 || x[1] % groups != 0 || w[0] % groups != 0) {
    return call.refuse(fmt::format("group = {} does not divide the channels of input [{}] and weights [{}]",
                                   groups, fmt::join(x, ", "), fmt::join(w, ", ")),
                       "channels in and out must be multiples of the groups");
  }
  return Done{};
}

Status check_bias(const OpCall& call, std::int64_t channels) {
  if (!call.has(2) || call.inputs[2].shape == Shape{channels}) return Done{};
  return call.refuse(
      fmt::format("bias [{}] for {} output channels", fmt::join(call.inputs[2].shape, ", "), channels),
      "the bias must have one value per output channel");
}

Result<std::vector<TensorFact>> conv_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done operands, check_operands(call));
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  const std::int64_t groups = call.node.int_or("group", 1);
  if (w[1] != x[1] / groups) {
    return call.refuse(fmt::format("weights [{}] expect {} channels per group, input [{}] has {}",
                                   fmt::join(w, ", "), w[1], fmt::join(x, ", "), x[1] / groups),
                       "check the network's input with --dim, or export the model again");
  }
  FORECOST_TRY([[maybe_unused]] const Done bias, check_bias(call, w[0]));
  FORECOST_TRY(const Window window, window_of(call, x, kernel_of(w)));
  Shape out{x[0], w[0]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

/// The last spatial axis is the width, the others together the height.
void fill_spatial(const OpCall& call, const Shape& out, Extents& extents) {
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  const std::size_t last = x.size() - 1;
  const auto stride = call.node.ints_or("strides", std::vector<std::int64_t>(last - 1, 1));
  const auto dilation = call.node.ints_or("dilations", std::vector<std::int64_t>(last - 1, 1));
  extents.kernel_h = static_cast<double>(extent_product(w, 2, last));
  extents.kernel_w = static_cast<double>(w[last]);
  extents.in_h = static_cast<double>(extent_product(x, 2, last));
  extents.in_w = static_cast<double>(x[last]);
  extents.out_h = static_cast<double>(extent_product(out, 2, last));
  extents.out_w = static_cast<double>(out[last]);
  extents.stride_h = stride.size() > 1 ? static_cast<double>(stride.front()) : 1;
  extents.stride_w = static_cast<double>(stride.back());
  extents.dilation = static_cast<double>(*std::max_element(dilation.begin(), dilation.end()));
}

Cost conv_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = traffic_cost(call, outputs);
  const Shape& w = call.inputs[1].shape;
  const Shape& out = outputs[0].shape;
  const std::int64_t groups = call.node.int_or("group", 1);
  const std::int64_t depth = extent_product(w, 1, w.size());
  cost.macs.value = product({outputs[0].elements(), depth});
  cost.operations.value = sum({cost.macs.value, cost.macs.value, call.has(2) ? outputs[0].elements() : 0});
  cost.extents = {.batch = static_cast<double>(out[0]),
                  .groups = static_cast<double>(groups),
                  .m = static_cast<double>(extent_product(out, 2, out.size())),
                  .n = static_cast<double>(w[0]) / static_cast<double>(groups),
                  .k = static_cast<double>(depth)};
  fill_spatial(call, out, cost.extents);
  return cost;
}

struct TransposedAxis {
  std::int64_t in, reach, stride, pads, output_padding;
};

Result<std::int64_t> transposed_extent(const OpCall& call, const TransposedAxis& axis) {
  std::int64_t grown = 0;
  std::int64_t out = 0;
  const bool overflow = __builtin_mul_overflow(std::max<std::int64_t>(axis.in - 1, 0), axis.stride, &grown) ||
                        __builtin_add_overflow(grown, axis.reach + axis.output_padding - axis.pads, &out);
  if (overflow || out < 0) {
    return call.refuse(fmt::format("no output for an extent of {}, stride {}, window {} and padding {}",
                                   axis.in, axis.stride, axis.reach, axis.pads),
                       "stride * (in - 1) + window + output_padding must exceed the padding");
  }
  return out;
}

Result<std::vector<std::int64_t>> small_ints(const OpCall& call, std::string_view key,
                                             const std::vector<std::int64_t>& usual) {
  const std::size_t count = usual.size();
  auto values = call.node.ints_or(key, usual);
  constexpr std::int64_t limit = std::int64_t{1} << 31;
  const bool fits =
      values.size() == count && std::all_of(values.begin(), values.end(),
                                            [](std::int64_t value) { return value >= 0 && value <= limit; });
  if (fits) return values;
  return call.refuse(fmt::format("attribute {} = [{}]", key, fmt::join(values, ", ")),
                     fmt::format("it takes {} values in [0, 2^31]", count));
}

Result<std::vector<std::int64_t>> transposed_extents(const OpCall& call, const Shape& x, const Shape& w) {
  const std::size_t axes = x.size() - 2;
  const std::string mode = call.node.string_or("auto_pad", "NOTSET");
  const std::vector<std::int64_t> ones(axes, 1);
  FORECOST_TRY(const auto stride, small_ints(call, "strides", ones));
  FORECOST_TRY(const auto dilation, small_ints(call, "dilations", ones));
  FORECOST_TRY(const auto extra, small_ints(call, "output_padding", std::vector<std::int64_t>(axes, 0)));
  FORECOST_TRY(const auto pads, small_ints(call, "pads", std::vector<std::int64_t>(2 * axes, 0)));
  if (const auto* stated = call.node.attribute<std::vector<std::int64_t>>("output_shape");
      stated && !stated->empty()) {
    if (stated->size() < axes)
      return call.refuse("output_shape is too short", "it takes one value per spatial axis");
    return std::vector<std::int64_t>(stated->end() - static_cast<std::ptrdiff_t>(axes), stated->end());
  }
  std::vector<std::int64_t> out(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t reach = sum({product({w[i + 2] - 1, dilation[i]}), 1});
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      out[i] = product({x[i + 2], stride[i]});
      continue;
    }
    const std::int64_t padded = mode == "VALID" ? 0 : pads[i] + pads[i + axes];
    FORECOST_TRY(out[i], transposed_extent(call, {x[i + 2], reach, stride[i], padded, extra[i]}));
  }
  return out;
}

Result<std::vector<TensorFact>> transpose_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done operands, check_operands(call));
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  if (w[0] != x[1]) {
    return call.refuse(fmt::format("weights [{}] expect {} channels, input [{}] has {}", fmt::join(w, ", "),
                                   w[0], fmt::join(x, ", "), x[1]),
                       "check the network's input with --dim, or export the model again");
  }
  const std::int64_t channels = product({w[1], call.node.int_or("group", 1)});
  FORECOST_TRY([[maybe_unused]] const Done bias, check_bias(call, channels));
  FORECOST_TRY(const std::vector<std::int64_t> extents, transposed_extents(call, x, w));
  Shape out{x[0], channels};
  out.insert(out.end(), extents.begin(), extents.end());
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

/// As a matrix product per group: in pixels x Cin / g times Cin / g x (Cout / g * kernel), scattered into the
/// output.
Cost transpose_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = traffic_cost(call, outputs);
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  const std::int64_t groups = call.node.int_or("group", 1);
  const std::int64_t width = extent_product(w, 1, w.size());
  cost.macs.value = product({call.inputs[0].elements(), width});
  cost.operations.value = sum({cost.macs.value, cost.macs.value, call.has(2) ? outputs[0].elements() : 0});
  cost.extents = {.batch = static_cast<double>(x[0]),
                  .groups = static_cast<double>(groups),
                  .m = static_cast<double>(extent_product(x, 2, x.size())),
                  .n = static_cast<double>(width),
                  .k = static_cast<double>(x[1]) / static_cast<double>(groups)};
  fill_spatial(call, outputs[0].shape, cost.extents);
  return cost;
}

network::Network conv_example(std::int64_t batch) {
  network::Builder builder("conv");
  const auto x = builder.input("x", {batch, 8, 16, 16});
  builder.output(builder.conv(x, 16, {.kernel = {3, 3}, .pads = {1, 1, 1, 1}, .groups = 2}));
  return builder.finish();
}

network::Network transpose_example(std::int64_t batch) {
  network::Builder builder("conv_transpose");
  const auto x = builder.input("x", {batch, 8, 16, 16});
  const auto w = builder.weights({8, 4, 2, 2}, 0.1);
  const auto made = builder.node("ConvTranspose", {x, w}, {{"strides", std::vector<std::int64_t>{2, 2}}},
                                 {{.name = "y", .shape = {batch, 4, 32, 32}}});
  builder.output(made.front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> conv() {
  return {{.op = "Conv",
           .shapes = conv_shapes,
           .cost = conv_cost,
           .example = conv_example,
           .summary = "convolution: groups, dilation, auto_pad, any number of spatial axes"},
          {.op = "ConvTranspose",
           .shapes = transpose_shapes,
           .cost = transpose_cost,
           .example = transpose_example,
           .summary = "transposed convolution: output_padding, output_shape, groups"}};
}

}  // namespace forecost::layer::ops
