// SPDX-License-Identifier: Apache-2.0
// Resize-19 (also 10, 11, 13, 18) and Upsample-7/9 of ai.onnx. With scales an extent becomes floor(extent *
// scale), computed in single precision as in the specification's shape inference and in ONNX Runtime.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr float extent_limit = 1.0e15F;

std::optional<std::vector<double>> reals(const OpCall& call, std::size_t input) {
  if (!call.has(input) || !call.inputs[input].values) return std::nullopt;
  const auto* known = std::get_if<std::vector<double>>(&*call.inputs[input].values);
  return known == nullptr ? std::nullopt : std::optional(*known);
}

bool filled(const OpCall& call, std::size_t input) {
  return call.has(input) && call.inputs[input].elements() > 0;
}

Error unknown_size(const OpCall& call) {
  return call.refuse("the scales or sizes are computed while the network runs",
                     "make them constants: export with a fixed size, or fold constants with onnxsim");
}

Result<std::vector<std::size_t>> axes_of(const OpCall& call) {
  const std::size_t rank = call.inputs[0].shape.size();
  std::vector<std::int64_t> every(rank);
  for (std::size_t i = 0; i < rank; ++i) every[i] = static_cast<std::int64_t>(i);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : call.node.ints_or("axes", every)) {
    FORECOST_TRY(const std::int64_t index, axis_in(call, axis, rank));
    axes.push_back(static_cast<std::size_t>(index));
  }
  return axes;
}

Error wrong_count(const OpCall& call, std::size_t found, std::size_t wanted) {
  return call.refuse(fmt::format("{} scales or sizes for {} axes", found, wanted),
                     "there must be one per axis (of the attribute axes, if it is given)");
}

Result<Shape> scaled(const OpCall& call, const std::vector<double>& scales,
                     const std::vector<std::size_t>& axes) {
  if (scales.size() != axes.size()) return wrong_count(call, scales.size(), axes.size());
  const bool crops = call.node.string_or("coordinate_transformation_mode", "") == "tf_crop_and_resize";
  const auto roi = crops ? reals(call, 1) : std::nullopt;
  if (crops && (!roi || roi->size() != 2 * axes.size())) return unknown_size(call);
  Shape out = call.inputs[0].shape;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto scale = static_cast<float>(scales[i]);
    auto extent = static_cast<float>(out[axes[i]]);
    if (roi) extent *= static_cast<float>((*roi)[i + axes.size()] - (*roi)[i]);
    const float result = std::floor(extent * scale);
    if (!(scale > 0) || !(result >= 0) || result > extent_limit) {
      return call.refuse(fmt::format("scale {} of extent {}", scales[i], out[axes[i]]),
                         "scales must be positive and finite");
    }
    out[axes[i]] = static_cast<std::int64_t>(result);
  }
  return out;
}

Result<Shape> sized(const OpCall& call, const std::vector<std::int64_t>& sizes,
                    const std::vector<std::size_t>& axes) {
  if (sizes.size() != axes.size()) return wrong_count(call, sizes.size(), axes.size());
  const Shape& in = call.inputs[0].shape;
  const std::string policy = call.node.string_or("keep_aspect_ratio_policy", "stretch");
  Shape out = in;
  std::optional<float> common;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (sizes[i] < 0 || in[axes[i]] == 0) {
      return call.refuse(fmt::format("size {} of extent {}", sizes[i], in[axes[i]]),
                         "sizes must be positive");
    }
    const float scale = static_cast<float>(sizes[i]) / static_cast<float>(in[axes[i]]);
    if (!common) common = scale;
    common = policy == "not_larger" ? std::min(*common, scale) : std::max(*common, scale);
    out[axes[i]] = sizes[i];
  }
  if (policy == "stretch" || !common) return out;
  for (const std::size_t axis : axes) {
    const float extent = std::round(*common * static_cast<float>(in[axis]));
    if (extent > extent_limit) return call.refuse("the sizes are too large", "sizes must fit the memory");
    out[axis] = static_cast<std::int64_t>(extent);
  }
  return out;
}

Result<Shape> output_shape(const OpCall& call) {
  FORECOST_TRY(const std::vector<std::size_t> axes, axes_of(call));
  if (call.node.op == "Upsample" || (call.opset < 11 && call.opset > 0)) {
    if (const auto* stated = call.node.attribute<std::vector<double>>("scales"); stated != nullptr) {
      return scaled(call, *stated, axes);
    }
    const auto scales = reals(call, 1);
    return scales ? scaled(call, *scales, axes) : unknown_size(call);
  }
  if (filled(call, 3)) {
    const auto* sizes = call.integers(3);
    return sizes != nullptr ? sized(call, *sizes, axes) : unknown_size(call);
  }
  if (filled(call, 2)) {
    const auto scales = reals(call, 2);
    return scales ? scaled(call, *scales, axes) : unknown_size(call);
  }
  return call.refuse("neither scales nor sizes are given", "set the third or the fourth input");
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY(Shape out, output_shape(call));
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

/// Each output element is a weighted sum of 2 (linear) or 4 (cubic) neighbours along every axis that changes.
Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::string mode = call.node.string_or("mode", "nearest");
  const std::int64_t taps = mode == "linear" || mode == "bilinear" ? 2 : mode == "cubic" ? 4 : 0;
  const Shape& in = call.inputs[0].shape;
  const Shape& out = outputs[0].shape;
  std::int64_t each = taps == 0 ? 0 : 2;
  for (std::size_t i = 0; i < in.size() && taps > 0; ++i) {
    if (in[i] != out[i]) each = product({each, taps});
  }
  Extents extents{.m = real(outputs[0].elements())};
  if (in.size() == 4) {
    extents.in_h = real(in[2]), extents.in_w = real(in[3]);
    extents.out_h = real(out[2]), extents.out_w = real(out[3]);
  }
  return work_cost(call, outputs, {.other = product({outputs[0].elements(), each})}, extents);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("resize");
  builder.output(builder.upsample(builder.input("x", {batch, 2, 4, 4}), 2));
  return builder.finish();
}

network::Network upsample_example(std::int64_t batch) {
  network::Builder builder("upsample", 7);
  const auto x = builder.input("x", {batch, 2, 4, 4});
  builder.output(builder.node("Upsample", {x}, {{"scales", std::vector<double>{1, 1, 2, 2}}},
                              {{"y", ElementType::float32, {batch, 2, 8, 8}}})[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> resize() {
  return {
      {.op = "Resize", .shapes = shapes, .cost = cost, .example = example, .summary = "resamples a grid"},
      {.op = "Upsample",
       .shapes = shapes,
       .cost = cost,
       .example = upsample_example,
       .summary = "resamples a grid (before opset 10)"},
  };
}

}  // namespace forecost::layer::ops
