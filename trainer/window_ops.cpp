// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "trainer/op.h"

namespace forecost::trainer {
namespace {

using Ints = std::vector<std::int64_t>;

/// Window of a convolution or a pool over the spatial axes.
struct Window {
  Ints kernel, stride, dilation;
  Ints begin, end;  ///< padding

  bool symmetric() const { return begin == end; }
};

/// SAME: as many windows as strides fit; what is odd goes to the end (UPPER) or the begin (LOWER).
void pad_same(const std::string& way, const at::Tensor& x, Window& window) {
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t extent = x.size(static_cast<std::int64_t>(i) + 2);
    const std::int64_t count = (extent + window.stride[i] - 1) / window.stride[i];
    const std::int64_t reach = window.dilation[i] * (window.kernel[i] - 1) + 1;
    const std::int64_t all = std::max<std::int64_t>(0, (count - 1) * window.stride[i] + reach - extent);
    window.begin[i] = way == "SAME_UPPER" ? all / 2 : all - all / 2;
    window.end[i] = all - window.begin[i];
  }
}

Window window_of(const Call& call, Ints kernel) {
  const std::size_t axes = kernel.size();
  if (call.in(0).dim() != static_cast<std::int64_t>(axes) + 2 || axes == 0) {
    throw Untrainable(
        fmt::format("{} has a window of {} axes over {} extents", call.node.op, axes, call.in(0).dim()));
  }
  Window window;
  window.kernel = std::move(kernel);
  window.stride = call.node.ints_or("strides", Ints(axes, 1));
  window.dilation = call.node.ints_or("dilations", Ints(axes, 1));
  const Ints pads = call.node.ints_or("pads", Ints(2 * axes, 0));
  if (window.stride.size() != axes || window.dilation.size() != axes || pads.size() != 2 * axes) {
    throw Untrainable(call.node.op + " has strides, dilations or pads of another rank than its window");
  }
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  window.begin.assign(pads.begin(), middle);
  window.end.assign(middle, pads.end());
  const std::string way = call.node.string_or("auto_pad", "NOTSET");
  if (way == "SAME_UPPER" || way == "SAME_LOWER") pad_same(way, call.in(0), window);
  return window;
}

/// `x` padded by hand on the spatial axes.
at::Tensor padded(const at::Tensor& x, const Window& window, double value) {
  Ints pads;  // last axis first
  for (std::size_t i = window.kernel.size(); i-- > 0;) {
    pads.push_back(window.begin[i]);
    pads.push_back(window.end[i]);
  }
  return at::constant_pad_nd(x, pads, value);
}

at::Tensor bias_of(const Call& call) {
  return call.has(2) ? call.in(2) : at::Tensor();
}

std::vector<at::Tensor> conv(const Call& call) {
  const at::Tensor& weight = call.in(1);
  const Window window = window_of(call, weight.sizes().slice(2).vec());
  const std::int64_t groups = call.node.int_or("group", 1);
  const at::Tensor x = window.symmetric() ? call.in(0) : padded(call.in(0), window, 0);
  const Ints pads = window.symmetric() ? window.begin : Ints(window.kernel.size(), 0);
  return {at::convolution(x, weight, bias_of(call), window.stride, pads, window.dilation, false,
                          Ints(window.kernel.size(), 0), groups)};
}

std::vector<at::Tensor> conv_transpose(const Call& call) {
  const at::Tensor& weight = call.in(1);
  const Window window = window_of(call, weight.sizes().slice(2).vec());
  if (!window.symmetric() || call.node.attributes.contains("output_shape")) {
    throw Untrainable("ConvTranspose with uneven pads or an output_shape");
  }
  const Ints more = call.node.ints_or("output_padding", Ints(window.kernel.size(), 0));
  return {at::convolution(call.in(0), weight, bias_of(call), window.stride, window.begin, window.dilation,
                          true, more, call.node.int_or("group", 1))};
}

Window pool_window(const Call& call) {
  const auto* kernel = call.node.attribute<Ints>("kernel_shape");
  if (kernel == nullptr || kernel->size() != 2) throw Untrainable(call.node.op + " over other than two axes");
  return window_of(call, *kernel);
}

std::vector<at::Tensor> max_pool(const Call& call) {
  const Window window = pool_window(call);
  const bool up = call.node.int_or("ceil_mode", 0) != 0;
  if (call.node.outputs.size() > 1) throw Untrainable("MaxPool that gives the places, too");
  // libtorch pads by half a window at most.
  bool narrow = window.symmetric();
  for (std::size_t i = 0; i < 2; ++i) narrow = narrow && 2 * window.begin[i] <= window.kernel[i];
  if (narrow) {
    return {at::max_pool2d(call.in(0), window.kernel, window.stride, window.begin, window.dilation, up)};
  }
  const at::Tensor x = padded(call.in(0), window, -std::numeric_limits<double>::infinity());
  return {at::max_pool2d(x, window.kernel, window.stride, {0, 0}, window.dilation, up)};
}

std::vector<at::Tensor> average_pool(const Call& call) {
  const Window window = pool_window(call);
  const bool up = call.node.int_or("ceil_mode", 0) != 0;
  const bool count = call.node.int_or("count_include_pad", 0) != 0;
  if (window.symmetric()) {
    return {at::avg_pool2d(call.in(0), window.kernel, window.stride, window.begin, up, count)};
  }
  if (!count) throw Untrainable("AveragePool with uneven pads that do not count");
  return {at::avg_pool2d(padded(call.in(0), window, 0), window.kernel, window.stride, {0, 0}, up, true)};
}

Ints spatial_axes(const at::Tensor& x) {
  Ints axes;
  for (std::int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
  if (axes.empty()) throw Untrainable("a global pool of a tensor without spatial axes");
  return axes;
}

std::vector<at::Tensor> global_average_pool(const Call& call) {
  return {call.in(0).mean(spatial_axes(call.in(0)), true)};
}

std::vector<at::Tensor> global_max_pool(const Call& call) {
  return {call.in(0).amax(spatial_axes(call.in(0)), true)};
}

/// Running statistics move a tenth of the way with each step.
std::vector<at::Tensor> batch_norm(const Call& call) {
  return {at::batch_norm(call.in(0), call.in(1), call.in(2), call.in(3), call.in(4),
                         call.mode == Mode::learning, 0.1, call.node.real_or("epsilon", 1e-5), false)};
}

std::vector<at::Tensor> instance_norm(const Call& call) {
  return {at::instance_norm(call.in(0), call.in(1), call.in(2), {}, {}, true, 0.1,
                            call.node.real_or("epsilon", 1e-5), false)};
}

std::vector<at::Tensor> layer_norm(const Call& call) {
  const std::int64_t axis = call.axis(call.node.int_or("axis", -1));
  return {at::layer_norm(call.in(0), call.in(0).sizes().slice(static_cast<std::size_t>(axis)).vec(),
                         call.in(1), bias_of(call), call.node.real_or("epsilon", 1e-5), false)};
}

/// Krizhevsky et al. 2012: divided by (bias + alpha * mean of squares over `size` channels) ^ beta.
std::vector<at::Tensor> lrn(const Call& call) {
  const at::Tensor& x = call.in(0);
  if (x.dim() != 4) throw Untrainable("LRN of a tensor that is no image");
  const std::int64_t size = call.node.int_or("size", 1);
  const at::Tensor square =
      at::constant_pad_nd(x.mul(x).unsqueeze(1), {0, 0, 0, 0, (size - 1) / 2, size / 2}, 0);
  const at::Tensor mean = at::avg_pool3d(square, {size, 1, 1}, {1, 1, 1}).squeeze(1);
  return {x.div(mean.mul(call.node.real_or("alpha", 1e-4))
                    .add(call.node.real_or("bias", 1))
                    .pow(call.node.real_or("beta", 0.75)))};
}

}  // namespace

const std::vector<NamedOp>& window_ops() {
  static const std::vector<NamedOp> table = {{"Conv", conv},
                                             {"ConvTranspose", conv_transpose},
                                             {"MaxPool", max_pool},
                                             {"AveragePool", average_pool},
                                             {"GlobalAveragePool", global_average_pool},
                                             {"GlobalMaxPool", global_max_pool},
                                             {"BatchNormalization", batch_norm},
                                             {"InstanceNormalization", instance_norm},
                                             {"LayerNormalization", layer_norm},
                                             {"LRN", lrn}};
  return table;
}

}  // namespace forecost::trainer
