// SPDX-License-Identifier: Apache-2.0
// MatMul-13 of ai.onnx; FusedMatMul and TransposeMatMul of ONNX Runtime (ContribOperators.md).
#include "forecost/layer/matrix_product.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Result<MatrixProduct> multiply(const OpCall& call) {
  return matrix_product(call, transposed_operand(call, call.inputs[0].shape, 'A'),
                        transposed_operand(call, call.inputs[1].shape, 'B'));
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  FORECOST_TRY(MatrixProduct result, multiply(call));
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(result.out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const MatrixProduct result = multiply(call).value();
  Work work = result.work();
  work.other =
      product({outputs[0].elements(), operations_of_activation(call.node.string_or("activation", ""))});
  return work_cost(call, outputs, work, result.extents());
}

network::Network example(std::int64_t batch) {
  network::Builder builder("matmul");
  const auto x = builder.input("x", {batch, 4, 16});
  builder.output(builder.node("MatMul", {x, builder.weights({16, 8}, 0.1)}, {},
                              {{"y", ElementType::float32, {batch, 4, 8}}})[0]);
  return builder.finish();
}

network::Network fused_example(std::string op, std::int64_t batch) {
  network::Builder builder("fused_matmul");
  const auto q = builder.input("q", {batch, 2, 4, 16});
  const auto k = builder.input("k", {batch, 2, 6, 16});
  builder.output(builder.node(std::move(op), {q, k}, {{"transB", std::int64_t{1}}, {"alpha", 0.25}},
                              {{"y", ElementType::float32, {batch, 2, 4, 6}}}, "com.microsoft")[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> matmul() {
  return {
      {.op = "MatMul",
       .shapes = shapes,
       .cost = cost,
       .example = example,
       .summary = "stacked matrix product"},
      {.op = "FusedMatMul",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return fused_example("FusedMatMul", batch); },
       .summary = "scaled matrix product of transposed operands"},
      {.op = "TransposeMatMul",
       .domain = "com.microsoft",
       .shapes = shapes,
       .cost = cost,
       .example = [](std::int64_t batch) { return fused_example("TransposeMatMul", batch); },
       .summary = "older name of FusedMatMul"},
  };
}

}  // namespace forecost::layer::ops
