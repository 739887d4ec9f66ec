// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "forecost/device/reference_ops.h"

namespace forecost::device::reference {

using network::Shape;

Result<Dense> reshape(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  FORECOST_TRY(const Dense* wanted, operand(call, 1, 1));
  const bool zero_is_zero = call.node.int_or("allowzero", 0) != 0;
  Shape shape;
  std::ptrdiff_t rest = -1;
  for (std::size_t i = 0; i < wanted->values.size(); ++i) {
    auto extent = static_cast<std::int64_t>(wanted->values[i]);
    if (extent == 0 && !zero_is_zero) {
      if (i >= x->shape.size()) return contradictory(call, "a copied extent lies outside the input");
      extent = x->shape[i];
    }
    if (extent == -1) {
      if (rest >= 0) return contradictory(call, "two extents are to be inferred");
      rest = static_cast<std::ptrdiff_t>(i);
      extent = 1;
    }
    shape.push_back(extent);
  }
  const auto count = std::ssize(x->values);
  const auto others = network::elements_of(shape);
  if (!others) return contradictory(call, "an extent is negative");
  if (rest >= 0 && *others > 0) shape[static_cast<std::size_t>(rest)] = count / *others;
  if (network::elements_of(shape) != count)
    return contradictory(call, "the new shape has another number of elements");
  return Dense{std::move(shape), x->values};
}

Result<Dense> flatten(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  const auto rank = std::ssize(x->shape);
  auto axis = call.node.int_or("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) return contradictory(call, "the axis lies outside the input");
  Shape shape{1, 1};
  for (std::ptrdiff_t i = 0; i < rank; ++i) shape[i < axis ? 0 : 1] *= x->shape[static_cast<std::size_t>(i)];
  return Dense{std::move(shape), x->values};
}

Result<Dense> transpose(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  const auto rank = x->shape.size();
  std::vector<std::int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto order = call.node.ints_or("perm", reversed);
  if (!std::is_permutation(order.begin(), order.end(), reversed.begin(), reversed.end())) {
    return contradictory(call, "perm is not a permutation of the axes");
  }
  Shape shape(rank);
  std::vector<std::size_t> steps(rank), own(rank, 1);
  for (std::size_t i = rank; i-- > 1;) own[i - 1] = own[i] * static_cast<std::size_t>(x->shape[i]);
  for (std::size_t i = 0; i < rank; ++i) {
    shape[i] = x->shape[static_cast<std::size_t>(order[i])];
    steps[i] = own[static_cast<std::size_t>(order[i])];
  }
  FORECOST_TRY(auto y, sized(shape, call));
  for (std::size_t index = 0; index < y.values.size(); ++index) {
    std::size_t left = index, from = 0;
    for (std::size_t i = rank; i-- > 0;) {
      const auto extent = static_cast<std::size_t>(shape[i]);
      from += left % extent * steps[i];
      left /= extent;
    }
    y.values[index] = x->values[from];
  }
  return y;
}

Result<Dense> concat(const Call& call) {
  FORECOST_TRY(const Dense* first, operand(call, 0, 0));
  const auto rank = std::ssize(first->shape);
  auto signed_axis = call.node.int_or("axis", 1);
  if (signed_axis < 0) signed_axis += rank;
  if (signed_axis < 0 || signed_axis >= rank) return contradictory(call, "the axis lies outside the inputs");
  const auto axis = static_cast<std::size_t>(signed_axis);
  Shape shape = first->shape;
  shape[axis] = 0;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    FORECOST_TRY(const Dense* part, operand(call, i, first->shape.size()));
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (d != axis && part->shape[d] != shape[d])
        return contradictory(call, "the inputs' other extents differ");
    }
    shape[axis] += part->shape[axis];
  }
  FORECOST_TRY(auto y, sized(shape, call));
  std::size_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (d < axis) outer *= static_cast<std::size_t>(shape[d]);
    if (d > axis) inner *= static_cast<std::size_t>(shape[d]);
  }
  auto next = y.values.begin();
  for (std::size_t block = 0; block < outer; ++block) {
    for (const Dense* part : call.inputs) {
      const auto length = static_cast<std::ptrdiff_t>(inner * static_cast<std::size_t>(part->shape[axis]));
      next = std::copy_n(part->values.begin() + static_cast<std::ptrdiff_t>(block) * length, length, next);
    }
  }
  return y;
}

}  // namespace forecost::device::reference
