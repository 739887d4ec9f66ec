// SPDX-License-Identifier: Apache-2.0
/// Parts that operator rules are made of: broadcasting, axes, windows, the cost of streaming through tensors.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "forecost/layer/op_rule.h"

namespace forecost::layer {

/// Largest count of operations, multiply-accumulates or bytes; counting saturates here instead of
/// overflowing.
inline constexpr std::int64_t count_limit = std::int64_t{1} << 60;
/// Product and sum of non-negative counts, at most count_limit.
std::int64_t product(std::initializer_list<std::int64_t> factors);
std::int64_t sum(std::initializer_list<std::int64_t> terms);
/// Product of the extents [begin, end) of a shape, at most count_limit.
std::int64_t extent_product(const Shape& shape, std::size_t begin, std::size_t end);

/// NumPy broadcasting. Fails when extents differ and neither is 1.
Result<Shape> broadcast(const OpCall& call, const Shape& a, const Shape& b);
/// Axis in [0, rank) from one in [-rank, rank). Fails otherwise.
Result<std::int64_t> axis_in(const OpCall& call, std::int64_t axis, std::size_t rank);
/// The call has at least `count` present inputs; the error names the missing one.
Status needs_inputs(const OpCall& call, std::size_t count);

/// Whether an input of this node is a learned tensor: a constant of rank >= 1 that is real, or quantised and
/// read by a quantised operator. Statistics of BatchNormalization, scales of Resize, limits of Clip and the
/// like are not learned.
bool is_learned(const network::Node& node, std::size_t input, const TensorFact& fact);

/// Fact of a tensor of this type and shape, contents unknown; `constant` when all present inputs are.
TensorFact fact_of(const OpCall& call, ElementType element, Shape shape);
/// Shape rule of operators whose one output has the first input's shape and type.
Result<std::vector<TensorFact>> same_as_input(const OpCall& call);

/// Output extents of a sliding window (convolution, pooling) over the spatial axes, with its effective
/// padding.
struct Window {
  std::vector<std::int64_t> kernel, stride, dilation, pad_begin, pad_end, out;
};
/// Reads kernel_shape, strides, dilations, pads, auto_pad, ceil_mode of the node.
/// `kernel` comes from the weights for convolutions; pass {} to use kernel_shape.
Result<Window> window_of(const OpCall& call, const Shape& input, std::vector<std::int64_t> kernel);

/// Traffic and parameters of one execution: every present input read once, every output written once,
/// constant inputs counted as weights. `operations` per output element (of the first output); extents.m =
/// output elements.
Cost streaming_cost(const OpCall& call, std::span<const TensorFact> outputs, double operations_per_element);
/// Whether an operator of the default domain only renames memory, as runtimes do for Reshape, Flatten,
/// Squeeze, Unsqueeze, Identity and Dropout at inference.
bool is_view(std::string_view op);
/// Cost of a view: nothing is read, written or computed; extents.m = elements.
Cost view_cost(const OpCall& call, std::span<const TensorFact> outputs);
/// The Error (`unsupported`) of a shape that depends on contents which are known only at run time. `infer`
/// then falls back on the shapes that the file states.
Error depends_on_data(const OpCall& call, std::size_t input);
/// Traffic alone (no operations, no extents): where other rules start from.
Cost traffic_cost(const OpCall& call, std::span<const TensorFact> outputs);

}  // namespace forecost::layer
