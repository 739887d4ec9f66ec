// SPDX-License-Identifier: Apache-2.0
// Sliding windows after the ONNX specification of Conv-22 and MaxPool-22 (auto_pad, ceil_mode, dilations).
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

namespace {

constexpr std::int64_t attribute_limit = std::int64_t{1} << 31;

Result<std::vector<std::int64_t>> ints_of(const OpCall& call, std::string_view key,
                                          const std::vector<std::int64_t>& usual, std::int64_t least) {
  const std::size_t count = usual.size();
  auto values = call.node.ints_or(key, usual);
  if (values.size() != count) {
    return call.refuse(
        fmt::format("attribute {} has {} values where the input asks for {}", key, values.size(), count),
        "the input's rank and the attribute disagree: export the model again");
  }
  for (const std::int64_t value : values) {
    if (value < least || value > attribute_limit) {
      return call.refuse(fmt::format("attribute {} = [{}]", key, fmt::join(values, ", ")),
                         fmt::format("each value must lie in [{}, 2^31]", least));
    }
  }
  return values;
}

}  // namespace

Result<Window> window_of(const OpCall& call, const Shape& input, std::vector<std::int64_t> kernel) {
  if (input.size() < 3) {
    return call.refuse(fmt::format("input of shape [{}] has no spatial axes", fmt::join(input, ", ")),
                       "the input must be batch, channels and at least one spatial axis");
  }
  const std::size_t axes = input.size() - 2;
  const std::vector<std::int64_t> ones(axes, 1);
  const bool stated = call.node.attribute<std::vector<std::int64_t>>("kernel_shape") != nullptr;
  if (!stated && kernel.empty()) {
    return call.refuse("attribute kernel_shape is missing",
                       "the operator requires it: export the model again");
  }
  Window window;
  FORECOST_TRY(window.kernel, ints_of(call, "kernel_shape", stated ? ones : kernel, 1));
  if (window.kernel.size() != axes || (!kernel.empty() && kernel != window.kernel)) {
    return call.refuse(fmt::format("kernel_shape [{}] does not fit the weights' [{}] and an input of rank {}",
                                   fmt::join(window.kernel, ", "), fmt::join(kernel, ", "), input.size()),
                       "kernel_shape must repeat the weights' last extents, one per spatial axis");
  }
  FORECOST_TRY(window.stride, ints_of(call, "strides", ones, 1));
  FORECOST_TRY(window.dilation, ints_of(call, "dilations", ones, 1));
  FORECOST_TRY(const std::vector<std::int64_t> pads,
               ints_of(call, "pads", std::vector<std::int64_t>(2 * axes, 0), -attribute_limit));
  const std::string mode = call.node.string_or("auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID" && !mode.empty()) {
    return call.refuse(fmt::format("auto_pad = {}", mode), "use NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  }
  const bool up = call.node.int_or("ceil_mode", 0) != 0;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t in = input[i + 2];
    const std::int64_t stride = window.stride[i];
    const std::int64_t reach =
        (window.kernel[i] - 1) * window.dilation[i] + 1;  // below 2^62 by the limits above
    std::int64_t begin = mode == "NOTSET" || mode.empty() ? pads[i] : 0;
    std::int64_t end = mode == "NOTSET" || mode.empty() ? pads[i + axes] : 0;
    std::int64_t out = 0;
    if (same) {
      out = in / stride + (in % stride != 0);
      const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + reach - in, 0);
      begin = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      end = total - begin;
    } else {
      const std::int64_t padded =
          sum({in, std::max<std::int64_t>(begin, 0), std::max<std::int64_t>(end, 0)}) +
          std::min<std::int64_t>(begin, 0) + std::min<std::int64_t>(end, 0);
      const std::int64_t room = padded - reach;
      if (room < 0) {
        return call.refuse(
            fmt::format("a window of {} does not fit into {} (axis {} of input [{}], padding {} and {})",
                        reach, padded, i + 2, fmt::join(input, ", "), begin, end),
            "the network needs a larger input: set it with --dim, or export the model again");
      }
      out = room / stride + 1 + (up && room % stride != 0);
      if (up && (out - 1) * stride >= in + begin)
        --out;  // a window that starts in the padding is not counted
    }
    window.pad_begin.push_back(begin);
    window.pad_end.push_back(end);
    window.out.push_back(std::max<std::int64_t>(out, 0));
  }
  return window;
}

}  // namespace forecost::layer
