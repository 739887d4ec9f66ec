// SPDX-License-Identifier: Apache-2.0
// Gather-13, GatherElements-13, GatherND-13. They read what they pick, not the table. Small integer tables
// with known indices are gathered here (the Shape -> Gather idiom of exported models).
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::int64_t folded_limit = network::Tensor::kept_elements;

struct Picked {
  std::int64_t outer, extent, inner;
};

template <typename T>
std::vector<T> pick(const std::vector<T>& table, const std::vector<std::int64_t>& indices,
                    const Picked& sizes) {
  std::vector<T> out;
  for (std::int64_t o = 0; o < sizes.outer; ++o) {
    for (const std::int64_t index : indices) {
      const auto first =
          table.begin() + (o * sizes.extent + (index < 0 ? index + sizes.extent : index)) * sizes.inner;
      out.insert(out.end(), first, first + sizes.inner);
    }
  }
  return out;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const TensorFact& table = call.inputs[0];
  const Shape& indices = call.inputs[1].shape;
  FORECOST_TRY(const std::int64_t axis, axis_in(call, call.node.int_or("axis", 0), table.shape.size()));
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t extent = table.shape[at];
  const auto* known = call.integers(1);
  if (known != nullptr) {
    for (const std::int64_t index : *known) {
      if (index < -extent || index >= extent) {
        return call.refuse(
            fmt::format("index {} is outside of axis {} with {} elements", index, axis, extent),
            "indices must lie within the table: check --dim and --batch against the exported sizes");
      }
    }
  }
  Shape out(table.shape.begin(), table.shape.begin() + axis);
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), table.shape.begin() + axis + 1, table.shape.end());
  TensorFact fact = fact_of(call, table.element, std::move(out));
  const Picked sizes{extent_product(table.shape, 0, at), extent,
                     extent_product(table.shape, at + 1, table.shape.size())};
  if (known != nullptr && table.values && extent_product(fact.shape, 0, fact.shape.size()) <= folded_limit) {
    std::visit([&](const auto& values) { fact.values = network::Values(pick(values, *known, sizes)); },
               *table.values);
  }
  return std::vector<TensorFact>{std::move(fact)};
}

/// Reads as much of the table as it writes, and all indices.
Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  Cost cost = traffic_cost(call, outputs);
  const Bytes table = call.inputs[0].bytes();
  const Bytes picked = std::min(table, outputs[0].bytes());
  cost.read += picked - table;
  if (call.inputs[0].constant) cost.weights += picked - table;
  cost.extents.m = real(outputs[0].elements());
  const Shape& shape = call.inputs[0].shape;
  if (call.node.op == "Gather" && !shape.empty()) {
    std::int64_t axis = call.node.int_or("axis", 0);
    if (axis < 0) axis += static_cast<std::int64_t>(shape.size());
    cost.extents.n = real(extent_product(shape, static_cast<std::size_t>(axis) + 1, shape.size()));
    cost.extents.m = cost.extents.n > 0 ? cost.extents.m / cost.extents.n : 0;
  }
  return cost;
}

Result<std::vector<TensorFact>> element_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& table = call.inputs[0].shape;
  const Shape& indices = call.inputs[1].shape;
  FORECOST_TRY([[maybe_unused]] const std::int64_t axis,
               axis_in(call, call.node.int_or("axis", 0), table.size()));
  if (table.size() != indices.size()) {
    return call.refuse(fmt::format("data [{}] and indices [{}] differ in rank", fmt::join(table, ", "),
                                   fmt::join(indices, ", ")),
                       "GatherElements takes one index per element; use Gather or GatherND for slices");
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, indices)};
}

Result<std::vector<TensorFact>> nd_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& table = call.inputs[0].shape;
  const Shape& indices = call.inputs[1].shape;
  const std::int64_t batch = call.node.int_or("batch_dims", 0);
  const auto lesser = static_cast<std::int64_t>(std::min(table.size(), indices.size()));
  const std::int64_t depth = indices.empty() ? 0 : indices.back();
  if (indices.empty() || table.empty() || batch < 0 || batch >= lesser || depth < 1 ||
      depth > static_cast<std::int64_t>(table.size()) - batch) {
    return call.refuse(fmt::format("indices [{}] with batch_dims {} do not address data [{}]",
                                   fmt::join(indices, ", "), batch, fmt::join(table, ", ")),
                       "the last extent of the indices is at most the rank of the data minus batch_dims");
  }
  if (!std::equal(table.begin(), table.begin() + batch, indices.begin())) {
    return call.refuse(fmt::format("the first {} extents of [{}] and [{}] differ", batch,
                                   fmt::join(table, ", "), fmt::join(indices, ", ")),
                       "batch extents of data and indices must be equal");
  }
  Shape out(indices.begin(), indices.end() - 1);
  out.insert(out.end(), table.begin() + batch + depth, table.end());
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

network::Network example(std::int64_t batch) {
  network::Builder builder("gather");
  const auto tokens = builder.input("tokens", {batch, 6}, ElementType::int64);
  builder.output(builder.gather(builder.weights({50, 8}, 0.1), tokens));
  return builder.finish();
}

network::Network element_example(std::int64_t batch) {
  network::Builder builder("gather_elements");
  const auto x = builder.input("x", {batch, 8});
  const auto indices = builder.input("indices", {batch, 3}, ElementType::int64);
  builder.output(builder.node("GatherElements", {x, indices}, {{"axis", std::int64_t{1}}},
                              {{"y", ElementType::float32, {batch, 3}}})[0]);
  return builder.finish();
}

network::Network nd_example(std::int64_t batch) {
  network::Builder builder("gather_nd");
  const auto x = builder.input("x", {batch, 8, 4});
  const auto indices = builder.input("indices", {batch, 3, 1}, ElementType::int64);
  builder.output(builder.node("GatherND", {x, indices}, {{"batch_dims", std::int64_t{1}}},
                              {{"y", ElementType::float32, {batch, 3, 4}}})[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> gather() {
  return {
      {.op = "Gather",
       .shapes = shapes,
       .cost = cost,
       .example = example,
       .summary = "picks slices by index"},
      {.op = "GatherElements",
       .shapes = element_shapes,
       .cost = cost,
       .example = element_example,
       .summary = "picks elements by index"},
      {.op = "GatherND",
       .shapes = nd_shapes,
       .cost = cost,
       .example = nd_example,
       .summary = "picks slices by index tuples"},
  };
}

}  // namespace forecost::layer::ops
