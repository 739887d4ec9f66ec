// SPDX-License-Identifier: Apache-2.0
// Pools after the ONNX specification (MaxPool-22, AveragePool-22, LpPool-22, Global*Pool).
// Operations per output element: one per window element (compare or add); an average divides once more, an Lp
// norm raises every element and takes a root.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> pool();

namespace {

Result<std::vector<TensorFact>> pool_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  FORECOST_TRY(const Window window, window_of(call, x.shape, {}));
  Shape out{x.shape[0], x.shape[1]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  std::vector<TensorFact> facts{fact_of(call, x.element, out)};
  if (call.node.outputs.size() > 1) facts.push_back(fact_of(call, ElementType::int64, std::move(out)));
  return facts;
}

Result<std::vector<TensorFact>> global_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  if (x.shape.size() < 2) {
    return call.refuse(fmt::format("input of shape [{}]", fmt::join(x.shape, ", ")),
                       "the input must have a batch and channels before its spatial axes");
  }
  Shape out(x.shape.size(), 1);
  out[0] = x.shape[0];
  out[1] = x.shape[1];
  return std::vector<TensorFact>{fact_of(call, x.element, std::move(out))};
}

void fill_extents(const OpCall& call, const Shape& out, Extents& extents) {
  const Shape& x = call.inputs[0].shape;
  const std::size_t last = x.size() - 1;
  extents.batch = static_cast<double>(out[0]);
  extents.n = static_cast<double>(out[1]);
  extents.m = static_cast<double>(extent_product(out, 2, out.size()));
  if (last < 2) return;
  extents.in_h = static_cast<double>(extent_product(x, 2, last));
  extents.in_w = static_cast<double>(x[last]);
  extents.out_h = static_cast<double>(extent_product(out, 2, last));
  extents.out_w = static_cast<double>(out[last]);
}

template <int per_element, int per_output>
Cost pool_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = traffic_cost(call, outputs);
  const Shape kernel = call.node.ints_or("kernel_shape", {1});
  const auto stride = call.node.ints_or("strides", Shape(kernel.size(), 1));
  const auto dilation = call.node.ints_or("dilations", Shape(kernel.size(), 1));
  const std::int64_t each =
      sum({product({extent_product(kernel, 0, kernel.size()), per_element}), per_output});
  cost.operations.value = product({outputs[0].elements(), each});
  fill_extents(call, outputs[0].shape, cost.extents);
  cost.extents.kernel_h = static_cast<double>(extent_product(kernel, 0, kernel.size() - 1));
  cost.extents.kernel_w = static_cast<double>(kernel.back());
  cost.extents.stride_h = stride.size() > 1 ? static_cast<double>(stride.front()) : 1;
  cost.extents.stride_w = static_cast<double>(stride.back());
  cost.extents.dilation = static_cast<double>(dilation.front());
  return cost;
}

template <int per_element>
Cost global_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = traffic_cost(call, outputs);
  cost.operations.value = sum({product({call.inputs[0].elements(), per_element}), outputs[0].elements()});
  fill_extents(call, outputs[0].shape, cost.extents);
  cost.extents.kernel_h = cost.extents.in_h;
  cost.extents.kernel_w = cost.extents.in_w;
  return cost;
}

network::Network pool_example(const std::string& op, std::int64_t batch) {
  network::Builder builder(op);
  const auto x = builder.input("x", {batch, 8, 16, 16});
  const network::Attributes attributes{
      {"kernel_shape", Shape{3, 3}}, {"strides", Shape{2, 2}}, {"pads", Shape{1, 1, 1, 1}}};
  builder.output(builder.node(op, {x}, attributes, {{.name = "y", .shape = {batch, 8, 8, 8}}}).front());
  return builder.finish();
}

network::Network global_example(const std::string& op, std::int64_t batch) {
  network::Builder builder(op);
  const auto x = builder.input("x", {batch, 8, 16, 16});
  builder.output(builder.node(op, {x}, {}, {{.name = "y", .shape = {batch, 8, 1, 1}}}).front());
  return builder.finish();
}

}  // namespace

std::vector<OpRule> pool() {
  return {{.op = "MaxPool",
           .shapes = pool_shapes,
           .cost = pool_cost<1, 0>,
           .example = [](std::int64_t batch) { return pool_example("MaxPool", batch); },
           .summary = "largest of a window: auto_pad, ceil_mode, dilation, indices"},
          {.op = "AveragePool",
           .shapes = pool_shapes,
           .cost = pool_cost<1, 1>,
           .example = [](std::int64_t batch) { return pool_example("AveragePool", batch); },
           .summary = "mean of a window"},
          {.op = "LpPool",
           .shapes = pool_shapes,
           .cost = pool_cost<2, 1>,
           .example = [](std::int64_t batch) { return pool_example("LpPool", batch); },
           .summary = "p-norm of a window"},
          {.op = "GlobalAveragePool",
           .shapes = global_shapes,
           .cost = global_cost<1>,
           .example = [](std::int64_t batch) { return global_example("GlobalAveragePool", batch); },
           .summary = "mean of each channel"},
          {.op = "GlobalMaxPool",
           .shapes = global_shapes,
           .cost = global_cost<1>,
           .example = [](std::int64_t batch) { return global_example("GlobalMaxPool", batch); },
           .summary = "largest of each channel"},
          {.op = "GlobalLpPool",
           .shapes = global_shapes,
           .cost = global_cost<2>,
           .example = [](std::int64_t batch) { return global_example("GlobalLpPool", batch); },
           .summary = "p-norm of each channel"}};
}

}  // namespace forecost::layer::ops
