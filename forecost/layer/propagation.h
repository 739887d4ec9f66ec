// SPDX-License-Identifier: Apache-2.0
/// Constant propagation: contents of small tensors computed from contents of small tensors, so that the
/// shapes which exported models compute at run time are known beforehand.
///
/// Nothing is computed for results of more than network::Tensor::kept_elements elements.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "forecost/layer/op_rule.h"

namespace forecost::layer {

using network::Values;

/// Whether a tensor of this shape is small enough for its contents to be followed.
bool is_followed(const Shape& shape);
/// Contents of an input, when they are known and as many as its shape says; null otherwise.
const Values* known(const OpCall& call, std::size_t input);
/// Whether values of this type are kept as integers (integers and booleans) instead of reals.
bool holds_integers(ElementType element);

std::size_t count_of(const Values& values);
double real_at(const Values& values, std::size_t index);
/// Truncated towards zero and clamped to the range of int64; NaN is 0.
std::int64_t integer_at(const Values& values, std::size_t index);
/// The same numbers in the representation that `element` has.
Values converted(const Values& values, ElementType element);

/// values[indices[0]], values[indices[1]], ... Precondition: every index lies inside.
Values picked(const Values& values, const std::vector<std::int64_t>& indices);

/// Row-major strides of a dense tensor. Precondition: is_followed(shape) or no overflow of its product.
std::vector<std::int64_t> strides_of(const Shape& shape);
/// Flat source index of every element of `out` in row-major order, where a step along axis i moves
/// `strides[i]` in the source, from `offset`. Precondition: is_followed(out).
std::vector<std::int64_t> walk(const Shape& out, const std::vector<std::int64_t>& strides,
                               std::int64_t offset = 0);
/// Strides that read a tensor of shape `from` as if it were broadcast to `to`.
std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& to);

}  // namespace forecost::layer
