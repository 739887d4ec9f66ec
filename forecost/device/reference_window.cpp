// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>

#include "forecost/device/reference_ops.h"

namespace forecost::device::reference {
namespace {

/// Geometry of a two-dimensional window that slides over an input.
struct Window {
  std::array<std::int64_t, 2> kernel{}, stride{}, dilation{}, before{}, after{}, in{}, out{};
};

Result<Window> window_of(const Call& call, const Dense& x, const std::vector<std::int64_t>& kernel) {
  const auto& node = call.node;
  const auto auto_pad = node.string_or("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID") return refused(call, "auto_pad = " + auto_pad);
  const auto stride = node.ints_or("strides", {1, 1});
  const auto dilation = node.ints_or("dilations", {1, 1});
  const auto pads = node.ints_or("pads", {0, 0, 0, 0});
  if (kernel.size() != 2 || stride.size() != 2 || dilation.size() != 2 || pads.size() != 4) {
    return refused(call, "windows that are not two-dimensional");
  }
  const bool ceil_mode = node.int_or("ceil_mode", 0) != 0;
  Window window;
  for (std::size_t d = 0; d < 2; ++d) {
    window.kernel[d] = kernel[d];
    window.stride[d] = stride[d];
    window.dilation[d] = dilation[d];
    window.before[d] = pads[d];
    window.after[d] = pads[d + 2];
    window.in[d] = x.shape[d + 2];
    if (kernel[d] < 1 || stride[d] < 1 || dilation[d] < 1 || pads[d] < 0 || pads[d + 2] < 0) {
      return contradictory(call, "a window's extents must be positive");
    }
    const auto room = window.in[d] + pads[d] + pads[d + 2] - dilation[d] * (kernel[d] - 1) - 1;
    if (room < 0) return contradictory(call, "the window is larger than the padded input");
    window.out[d] = room / stride[d] + 1;
    // A last, partial window counts only if it starts inside the input or its leading padding.
    if (ceil_mode && room % stride[d] != 0 && window.out[d] * stride[d] < window.in[d] + pads[d])
      ++window.out[d];
  }
  return window;
}

/// Calls visit(input offset) for every element of the window at (row, column) that lies inside the input.
template <typename Visit>
void inside(const Window& window, std::array<std::int64_t, 2> at, Visit visit) {
  for (std::int64_t i = 0; i < window.kernel[0]; ++i) {
    const auto y = at[0] * window.stride[0] - window.before[0] + i * window.dilation[0];
    if (y < 0 || y >= window.in[0]) continue;
    for (std::int64_t j = 0; j < window.kernel[1]; ++j) {
      const auto x = at[1] * window.stride[1] - window.before[1] + j * window.dilation[1];
      if (x >= 0 && x < window.in[1]) visit(y * window.in[1] + x, i * window.kernel[1] + j);
    }
  }
}

/// Fills every output element of a pool from reduce(plane, at).
template <typename Reduce>
Result<Dense> pooled(const Call& call, const Dense& x, const Window& window, Reduce reduce) {
  FORECOST_TRY(auto y, sized({x.shape[0], x.shape[1], window.out[0], window.out[1]}, call));
  const auto planes = x.shape[0] * x.shape[1];
  auto* next = y.values.data();
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const double* in = x.values.data() + plane * window.in[0] * window.in[1];
    for (std::int64_t row = 0; row < window.out[0]; ++row) {
      for (std::int64_t column = 0; column < window.out[1]; ++column) *next++ = reduce(in, {row, column});
    }
  }
  return y;
}

/// Padded input cells under the window at `at`, for averages that count padding: cells past the trailing
/// padding, which ceil_mode reaches, do not count.
double padded_cells(const Window& window, std::array<std::int64_t, 2> at) {
  std::int64_t cells = 1;
  for (std::size_t d = 0; d < 2; ++d) {
    std::int64_t along = 0;
    for (std::int64_t i = 0; i < window.kernel[d]; ++i) {
      const auto place = at[d] * window.stride[d] + i * window.dilation[d];
      along += place < window.before[d] + window.in[d] + window.after[d] ? 1 : 0;
    }
    cells *= along;
  }
  return static_cast<double>(cells);
}

}  // namespace

Result<Dense> convolution(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 4));
  FORECOST_TRY(const Dense* w, operand(call, 1, 4));
  const Dense* bias = call.inputs.size() > 2 ? call.inputs[2] : nullptr;
  const auto groups = call.node.int_or("group", 1);
  const auto in_channels = x->shape[1], out_channels = w->shape[0], per_group = w->shape[1];
  if (groups < 1 || in_channels != per_group * groups || out_channels % groups != 0) {
    return contradictory(call, "channels, groups and weights contradict each other");
  }
  if (bias != nullptr && std::ssize(bias->values) != out_channels) {
    return contradictory(call, "the bias has another length than the output has channels");
  }
  FORECOST_TRY(const auto window, window_of(call, *x, {w->shape[2], w->shape[3]}));
  FORECOST_TRY(auto y, sized({x->shape[0], out_channels, window.out[0], window.out[1]}, call));
  const auto plane = window.in[0] * window.in[1], taps = window.kernel[0] * window.kernel[1];
  auto* next = y.values.data();
  for (std::int64_t n = 0; n < x->shape[0]; ++n) {
    for (std::int64_t m = 0; m < out_channels; ++m) {
      const auto first = m / (out_channels / groups) * per_group;
      for (std::int64_t row = 0; row < window.out[0]; ++row) {
        for (std::int64_t column = 0; column < window.out[1]; ++column) {
          double sum = bias == nullptr ? 0 : bias->values[static_cast<std::size_t>(m)];
          for (std::int64_t c = 0; c < per_group; ++c) {
            const double* in = x->values.data() + (n * in_channels + first + c) * plane;
            const double* weight = w->values.data() + (m * per_group + c) * taps;
            inside(window, {row, column},
                   [&](std::int64_t place, std::int64_t tap) { sum += in[place] * weight[tap]; });
          }
          *next++ = sum;
        }
      }
    }
  }
  return y;
}

Result<Dense> max_pool(const Call& call) {
  if (call.node.outputs.size() > 1 && !call.node.outputs[1].empty())
    return refused(call, "MaxPool's indices");
  FORECOST_TRY(const Dense* x, operand(call, 0, 4));
  FORECOST_TRY(const auto window, window_of(call, *x, call.node.ints_or("kernel_shape", {})));
  return pooled(call, *x, window, [&](const double* in, std::array<std::int64_t, 2> at) {
    double best = std::numeric_limits<double>::lowest();
    inside(window, at, [&](std::int64_t place, std::int64_t) { best = std::max(best, in[place]); });
    return best;
  });
}

Result<Dense> average_pool(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 4));
  FORECOST_TRY(const auto window, window_of(call, *x, call.node.ints_or("kernel_shape", {})));
  const bool padding_counts = call.node.int_or("count_include_pad", 0) != 0;
  return pooled(call, *x, window, [&](const double* in, std::array<std::int64_t, 2> at) {
    double sum = 0, count = 0;
    inside(window, at, [&](std::int64_t place, std::int64_t) { sum += in[place], count += 1; });
    return sum / (padding_counts ? padded_cells(window, at) : std::max(count, 1.0));
  });
}

Result<Dense> global_average(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  if (x->shape.size() < 3) return contradictory(call, "a pooled input has batch, channels and extents");
  network::Shape shape = x->shape;
  std::fill(shape.begin() + 2, shape.end(), 1);
  FORECOST_TRY(auto y, sized(shape, call));
  if (y.values.empty()) return y;
  const auto plane = x->values.size() / y.values.size();
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < plane; ++k) sum += x->values[i * plane + k];
    y.values[i] = sum / static_cast<double>(plane);
  }
  return y;
}

}  // namespace forecost::device::reference
