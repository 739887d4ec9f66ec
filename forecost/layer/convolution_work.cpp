// SPDX-License-Identifier: Apache-2.0
#include "forecost/layer/convolution_work.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace forecost::layer {

Result<Shape> convolved(const OpCall& call, const Convolution& operands) {
  const Shape& x = operands.data;
  const Shape& w = operands.weights;
  const std::int64_t groups = call.node.int_or("group", 1);
  if (x.size() < 3 || w.size() != x.size() || groups < 1 || w[0] % groups != 0) {
    return call.refuse(
        fmt::format("input [{}], weights [{}] and {} groups", fmt::join(x, ", "), fmt::join(w, ", "), groups),
        "both need the same rank of at least 3, and the groups must divide the output channels");
  }
  const std::int64_t wanted = product({w[1], groups});
  if (x[1] > sum({wanted, operands.slack}) || x[1] < wanted - operands.slack) {
    return call.refuse(fmt::format("weights [{}] expect {} channels, input [{}] has {}", fmt::join(w, ", "),
                                   wanted, fmt::join(x, ", "), x[1]),
                       "check the network's input with --dim, or export the model again");
  }
  FORECOST_TRY(const Window window, window_of(call, x, {w.begin() + 2, w.end()}));
  Shape out{x[0], w[0]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  return out;
}

std::int64_t convolution_macs(const Convolution& operands, const Shape& out) {
  const Shape& w = operands.weights;
  return product({extent_product(out, 0, out.size()), extent_product(w, 1, w.size())});
}

Extents convolution_extents(const OpCall& call, const Convolution& operands, const Shape& out) {
  const Shape& x = operands.data;
  const Shape& w = operands.weights;
  const std::size_t last = x.size() - 1;
  const auto stride = call.node.ints_or("strides", std::vector<std::int64_t>(last - 1, 1));
  const auto dilation = call.node.ints_or("dilations", std::vector<std::int64_t>(last - 1, 1));
  const std::int64_t groups = call.node.int_or("group", 1);
  return {.batch = real(out[0]),
          .groups = real(groups),
          .m = real(extent_product(out, 2, out.size())),
          .n = real(w[0] / groups),
          .k = real(extent_product(w, 1, w.size())),
          .kernel_h = real(extent_product(w, 2, last)),
          .kernel_w = real(w[last]),
          .stride_h = stride.size() > 1 ? real(stride.front()) : 1,
          .stride_w = real(stride.back()),
          .dilation = real(*std::max_element(dilation.begin(), dilation.end())),
          .in_h = real(extent_product(x, 2, last)),
          .in_w = real(x[last]),
          .out_h = real(extent_product(out, 2, last)),
          .out_w = real(out[last])};
}

}  // namespace forecost::layer
