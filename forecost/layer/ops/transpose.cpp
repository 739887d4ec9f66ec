// SPDX-License-Identifier: Apache-2.0
// Transpose-23. Data movement only.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/propagation.h"
#include "forecost/layer/rule_parts.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

std::vector<OpRule> transpose();

namespace {

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const TensorFact& x = call.inputs[0];
  const std::size_t rank = x.shape.size();
  std::vector<std::int64_t> reversed(rank);
  for (std::size_t i = 0; i < rank; ++i) reversed[i] = static_cast<std::int64_t>(rank - 1 - i);
  const auto order = call.node.ints_or("perm", reversed);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool each_once = order.size() == rank;
  for (std::size_t i = 0; each_once && i < rank; ++i) each_once = sorted[i] == static_cast<std::int64_t>(i);
  if (!each_once) {
    return call.refuse(
        fmt::format("perm = [{}] for an input [{}]", fmt::join(order, ", "), fmt::join(x.shape, ", ")),
        "it must name each axis once");
  }
  Shape out(rank);
  for (std::size_t i = 0; i < rank; ++i) out[i] = x.shape[static_cast<std::size_t>(order[i])];
  TensorFact fact = fact_of(call, x.element, std::move(out));
  if (const Values* values = known(call, 0); values && is_followed(x.shape)) {
    const auto own = strides_of(x.shape);
    std::vector<std::int64_t> strides(rank);
    for (std::size_t i = 0; i < rank; ++i) strides[i] = own[static_cast<std::size_t>(order[i])];
    fact.values = picked(*values, walk(fact.shape, strides));
  }
  return std::vector<TensorFact>{std::move(fact)};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 0);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("transpose");
  builder.output(builder.transpose(builder.input("x", {batch, 8, 16}), {0, 2, 1}));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> transpose() {
  return {
      {.op = "Transpose", .shapes = shapes, .cost = cost, .example = example, .summary = "permuted copy"}};
}

}  // namespace forecost::layer::ops
