// SPDX-License-Identifier: Apache-2.0
// Gemm-13 of ai.onnx; FusedGemm of ONNX Runtime (ContribOperators.md) adds an activation.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

struct Sizes {
  std::int64_t m, n, k;
};

Sizes sizes_of(const OpCall& call) {
  const Shape& a = call.inputs[0].shape;
  const Shape& b = call.inputs[1].shape;
  const bool turn_a = call.node.int_or("transA", 0) != 0;
  const bool turn_b = call.node.int_or("transB", 0) != 0;
  return {a[turn_a ? 1 : 0], b[turn_b ? 0 : 1], a[turn_a ? 0 : 1]};
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& a = call.inputs[0].shape;
  const Shape& b = call.inputs[1].shape;
  if (a.size() != 2 || b.size() != 2) {
    return call.refuse(
        fmt::format("operands [{}] and [{}] are not both matrices", fmt::join(a, ", "), fmt::join(b, ", ")),
        "Gemm takes rank 2: put a Flatten before it, or use MatMul");
  }
  const Sizes sizes = sizes_of(call);
  const std::int64_t other = b[call.node.int_or("transB", 0) != 0 ? 1 : 0];
  if (other != sizes.k) {
    return call.refuse(
        fmt::format("inner extents {} and {} differ", sizes.k, other),
        "the input's features must match the weights: check --dim, --batch and the Flatten before it");
  }
  Shape out{sizes.m, sizes.n};
  if (call.has(2)) {
    FORECOST_TRY(const Shape sum, broadcast(call, call.inputs[2].shape, out));
    if (sum != out) {
      return call.refuse(fmt::format("bias [{}] is larger than the product [{}, {}]",
                                     fmt::join(call.inputs[2].shape, ", "), sizes.m, sizes.n),
                         "the third input must broadcast to the product's shape");
    }
  }
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const auto [m, n, k] = sizes_of(call);
  const std::int64_t per_element =
      (call.has(2) ? 1 : 0) + operations_of_activation(call.node.string_or("activation", ""));
  return work_cost(call, outputs, {.macs = product({m, n, k}), .other = product({m, n, per_element})},
                   {.m = real(m), .n = real(n), .k = real(k)});
}

network::Network example(std::int64_t batch) {
  network::Builder builder("gemm");
  const auto x = builder.input("x", {batch, 16});
  builder.output(builder.node("Gemm", {x, builder.weights({8, 16}, 0.1), builder.filled({8}, 0)},
                              {{"transB", std::int64_t{1}}}, {{"y", ElementType::float32, {batch, 8}}})[0]);
  return builder.finish();
}

network::Network fused_example(std::int64_t batch) {
  network::Builder builder("fused_gemm");
  const auto x = builder.input("x", {batch, 16});
  builder.output(builder.node("FusedGemm", {x, builder.weights({16, 8}, 0.1), builder.filled({8}, 0)},
                              {{"activation", std::string("Relu")}},
                              {{"y", ElementType::float32, {batch, 8}}}, "com.microsoft")[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> gemm() {
  return {
      {.op = "Gemm",
       .shapes = shapes,
       .cost = cost,
       .example = example,
       .summary = "matrix product plus bias"},
      {.op = "FusedGemm",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = fused_example,
       .summary = "Gemm with a fused activation"},
  };
}

}  // namespace forecost::layer::ops
