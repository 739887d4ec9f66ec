// SPDX-License-Identifier: Apache-2.0
// Reduce* of ai.onnx up to opset 20. Axes are an attribute before opset 18 (ReduceSum: 13), an input since.
#include <algorithm>
#include <array>
#include <numeric>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

struct Kind {
  std::string_view op;
  std::int64_t per_input;   ///< operations for each element reduced
  std::int64_t per_output;  ///< operations for each result
  std::string_view summary;
};

constexpr std::array<Kind, 10> kinds{
    {{"ReduceMean", 1, 1, "mean over axes"},
     {"ReduceSum", 1, 0, "sum over axes"},
     {"ReduceMax", 1, 0, "maximum over axes"},
     {"ReduceMin", 1, 0, "minimum over axes"},
     {"ReduceProd", 1, 0, "product over axes"},
     {"ReduceL1", 2, 0, "sum of magnitudes over axes"},
     {"ReduceL2", 2, 1, "root of the sum of squares over axes"},
     {"ReduceLogSum", 1, 4, "logarithm of the sum over axes"},
     {"ReduceLogSumExp", 6, 4, "logarithm of the sum of exponentials over axes"},
     {"ReduceSumSquare", 2, 0, "sum of squares over axes"}}};

/// Which axes are reduced.
Result<std::vector<bool>> reduced_axes(const OpCall& call) {
  const std::size_t rank = call.inputs[0].shape.size();
  std::vector<std::int64_t> axes = call.node.ints_or("axes", {});
  if (call.has(1)) {
    const auto* known = call.integers(1);
    if (known == nullptr && call.inputs[1].elements() != 0) {
      return call.refuse("the axes are computed while the network runs",
                         "make the axes a constant, for instance by folding constants with onnxsim");
    }
    if (known != nullptr) axes = *known;
  }
  std::vector<bool> reduced(rank, axes.empty() && call.node.int_or("noop_with_empty_axes", 0) == 0);
  for (const std::int64_t axis : axes) {
    FORECOST_TRY(const std::int64_t index, axis_in(call, axis, rank));
    reduced[static_cast<std::size_t>(index)] = true;
  }
  return reduced;
}

/// Sums, products, extremes of known integers, as shape computations use them.
std::optional<network::Values> folded(const OpCall& call, const std::vector<bool>& reduced) {
  const auto* values = call.integers(0);
  if (values == nullptr || values->empty() ||
      std::find(reduced.begin(), reduced.end(), false) != reduced.end()) {
    return std::nullopt;
  }
  std::int64_t result = values->front();
  for (std::size_t i = 1; i < values->size(); ++i) {
    const std::int64_t next = (*values)[i];
    bool overflow = false;
    if (call.node.op == "ReduceSum")
      overflow = __builtin_add_overflow(result, next, &result);
    else if (call.node.op == "ReduceProd")
      overflow = __builtin_mul_overflow(result, next, &result);
    else if (call.node.op == "ReduceMax")
      result = std::max(result, next);
    else if (call.node.op == "ReduceMin")
      result = std::min(result, next);
    else
      return std::nullopt;
    if (overflow) return std::nullopt;
  }
  const bool keeps = call.node.op == "ReduceSum" || call.node.op == "ReduceProd" ||
                     call.node.op == "ReduceMax" || call.node.op == "ReduceMin";
  if (!keeps) return std::nullopt;
  return network::Values(std::vector<std::int64_t>{result});
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  FORECOST_TRY(const std::vector<bool> reduced, reduced_axes(call));
  const Shape& shape = call.inputs[0].shape;
  const bool keep = call.node.int_or("keepdims", 1) != 0;
  Shape out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!reduced[i])
      out.push_back(shape[i]);
    else if (keep)
      out.push_back(1);
  }
  TensorFact fact = fact_of(call, call.inputs[0].element, std::move(out));
  fact.values = folded(call, reduced);
  return std::vector<TensorFact>{std::move(fact)};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const auto kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.op == call.node.op; });
  const std::int64_t elements = call.inputs[0].elements();
  const std::int64_t rows = outputs[0].elements();
  const std::int64_t work = sum({product({elements, kind->per_input}), product({rows, kind->per_output})});
  return work_cost(call, outputs, {.other = work},
                   {.m = real(rows), .n = rows > 0 ? real(elements / rows) : 0});
}

/// The operator's name is a template argument, since examples are plain functions.
template <std::size_t index>
network::Network example(std::int64_t batch) {
  network::Builder builder("reduction", 17);
  const auto x = builder.input("x", {batch, 8, 4});
  const network::Value y{"y", ElementType::float32, {batch, 8, 1}};
  if (kinds[index].op == "ReduceSum") {
    builder.output(builder.node("ReduceSum", {x, builder.integers({-1}, {1})}, {}, {y})[0]);
  } else {
    builder.output(
        builder.node(std::string(kinds[index].op), {x}, {{"axes", std::vector<std::int64_t>{-1}}}, {y})[0]);
  }
  return builder.finish();
}

template <std::size_t... indices>
std::vector<OpRule> rules(std::index_sequence<indices...>) {
  return {OpRule{.op = kinds[indices].op,
                 .shapes = shapes,
                 .cost = cost,
                 .example = example<indices>,
                 .summary = kinds[indices].summary}...};
}

}  // namespace

std::vector<OpRule> reduction() {
  return rules(std::make_index_sequence<kinds.size()>());
}

}  // namespace forecost::layer::ops
