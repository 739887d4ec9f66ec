// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "forecost/layer/rebatch.h"
#include "trainer/constant.h"
#include "trainer/op.h"

namespace forecost::trainer {
namespace {

using Tensors = std::vector<at::Tensor>;
using Ints = std::vector<std::int64_t>;

Tensors identity(const Call& call) {
  return {call.in(0)};
}

Tensors flatten(const Call& call) {
  const at::Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.node.int_or("axis", 1));
  const auto sizes = x.sizes();
  const std::int64_t rows =
      std::accumulate(sizes.begin(), sizes.begin() + axis, std::int64_t{1}, std::multiplies<>());
  return {x.reshape({rows, rows == 0 ? 0 : x.numel() / rows})};
}

/// 0 keeps an extent. A target that fixes the file's own batch is changed to the batch at hand.
Tensors reshape(const Call& call) {
  const at::Tensor& x = call.in(0);
  Ints target = call.ints("shape", 1, {});
  layer::TensorFact fact;
  fact.shape = x.sizes().vec();
  const std::int64_t batch = fact.shape.empty() ? 1 : fact.shape.front();
  if (const auto changed = layer::rebatched(target, fact, {call.written_batch, batch})) target = *changed;
  for (std::size_t i = 0; i < target.size() && i < fact.shape.size(); ++i) {
    if (target[i] == 0) target[i] = fact.shape[i];
  }
  return {x.reshape(target)};
}

Tensors transpose(const Call& call) {
  Ints order(static_cast<std::size_t>(call.in(0).dim()));
  std::iota(order.rbegin(), order.rend(), 0);
  return {call.in(0).permute(call.node.ints_or("perm", order))};
}

Tensors squeeze(const Call& call) {
  Ints axes = call.ints("axes", 1, {});
  if (axes.empty()) return {call.in(0).squeeze()};
  for (std::int64_t& axis : axes) axis = call.axis(axis);
  std::sort(axes.rbegin(), axes.rend());
  at::Tensor x = call.in(0);
  for (const std::int64_t axis : axes) x = x.squeeze(axis);
  return {x};
}

Tensors unsqueeze(const Call& call) {
  Ints axes = call.ints("axes", 1, {});
  const std::int64_t rank = call.in(0).dim() + std::ssize(axes);
  for (std::int64_t& axis : axes) axis = axis < 0 ? axis + rank : axis;
  std::sort(axes.begin(), axes.end());
  at::Tensor x = call.in(0);
  for (const std::int64_t axis : axes) x = x.unsqueeze(axis);
  return {x};
}

Tensors concat(const Call& call) {
  return {at::cat(call.inputs, call.axis(call.node.int_or("axis", 1)))};
}

Tensors split(const Call& call) {
  const std::int64_t axis = call.axis(call.node.int_or("axis", 0));
  const std::int64_t extent = call.in(0).size(axis);
  Ints sizes = call.ints("split", 1, {});
  if (sizes.empty()) {
    const auto parts = std::ssize(call.node.outputs);
    const std::int64_t each = (extent + parts - 1) / parts;
    for (std::int64_t left = extent; left > 0; left -= each) sizes.push_back(std::min(each, left));
  }
  return call.in(0).split_with_sizes(sizes, axis);
}

Tensors slice(const Call& call) {
  const Ints starts = call.ints("starts", 1, {});
  const Ints ends = call.ints("ends", 2, {});
  Ints first(starts.size());
  std::iota(first.begin(), first.end(), 0);
  const Ints axes = call.ints("axes", 3, first);
  const Ints steps = call.ints("steps", 4, Ints(starts.size(), 1));
  at::Tensor x = call.in(0);
  for (std::size_t i = 0; i < starts.size() && i < ends.size() && i < axes.size(); ++i) {
    if (steps[i] < 1) throw Untrainable("Slice backwards");
    x = x.slice(call.axis(axes[i]), starts[i], ends[i], steps[i]);
  }
  return {x};
}

Tensors pad(const Call& call) {
  if (call.node.string_or("mode", "constant") != "constant")
    throw Untrainable("Pad with other than a constant");
  const Ints pads = call.ints("pads", 1, {});
  const double value = call.has(2) ? call.in(2).item<double>() : call.node.real_or("value", 0);
  const std::size_t axes = pads.size() / 2;
  Ints turned;
  for (std::size_t i = axes; i-- > 0;) {
    turned.push_back(pads[i]);
    turned.push_back(pads[axes + i]);
  }
  return {at::constant_pad_nd(call.in(0), turned, value)};
}

/// Broadcasts in both directions.
Tensors expand(const Call& call) {
  const Ints target = call.ints("shape", 1, {});
  return {at::broadcast_tensors({call.in(0), at::empty(target)}).front()};
}

Tensors gather(const Call& call) {
  const std::int64_t axis = call.axis(call.node.int_or("axis", 0));
  const at::Tensor& x = call.in(0);
  const at::Tensor places = at::where(call.in(1).lt(0), call.in(1).add(x.size(axis)), call.in(1));
  Ints shape = x.sizes().vec();
  const auto at_axis = shape.erase(shape.begin() + axis);
  shape.insert(at_axis, places.sizes().begin(), places.sizes().end());
  return {x.index_select(axis, places.reshape({-1})).reshape(shape)};
}

Tensors shape(const Call& call) {
  return {at::tensor(call.in(0).sizes().vec(), at::kLong)};
}

Tensors cast(const Call& call) {
  return {call.in(0).to(number_type(static_cast<network::ElementType>(call.node.int_or("to", 1))))};
}

Tensors constant(const Call& call) {
  if (const auto* value = call.node.attribute<network::Tensor>("value")) return {tensor_of(*value)};
  throw Untrainable("Constant without a tensor");
}

}  // namespace

const std::vector<NamedOp>& layout_ops() {
  static const std::vector<NamedOp> table = {
      {"Identity", identity}, {"Flatten", flatten}, {"Reshape", reshape},     {"Transpose", transpose},
      {"Squeeze", squeeze},   {"Concat", concat},   {"Unsqueeze", unsqueeze}, {"Split", split},
      {"Slice", slice},       {"Pad", pad},         {"Expand", expand},       {"Gather", gather},
      {"Shape", shape},       {"Cast", cast},       {"Constant", constant}};
  return table;
}

}  // namespace forecost::trainer
