// SPDX-License-Identifier: Apache-2.0
// Products of quantised matrices: MatMulInteger-10, QLinearMatMul-21 of ai.onnx; QGemm, MatMulIntegerToFloat,
// DynamicQuantizeMatMul, MatMulNBits of ONNX Runtime (ContribOperators.md).
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/matrix_product.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

/// Where an operator keeps its operands, and what it does with each element of the result.
struct Form {
  std::string_view op;
  std::size_t right;        ///< input that holds the right operand
  std::size_t type;         ///< input whose element type the result has; `none`: int32
  std::int64_t per_output;  ///< rescaling, bias excepted
  std::size_t bias;         ///< `none` where there is no bias
};

constexpr std::size_t none = 99;
constexpr std::array<Form, 5> forms{{{"MatMulInteger", 1, none, 0, none},
                                     {"QLinearMatMul", 3, 7, 3, none},
                                     {"MatMulIntegerToFloat", 1, 2, 2, 6},
                                     {"DynamicQuantizeMatMul", 1, 0, 2, 4},
                                     {"QGemm", 3, 8, 3, 6}}};

const Form& form_of(const OpCall& call) {
  return *std::find_if(forms.begin(), forms.end(), [&](const Form& form) { return form.op == call.node.op; });
}

Result<MatrixProduct> multiply(const OpCall& call) {
  return matrix_product(call, transposed_operand(call, call.inputs[0].shape, 'A'),
                        transposed_operand(call, call.inputs[form_of(call).right].shape, 'B'));
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  const Form& form = form_of(call);
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, form.right + 1));
  FORECOST_TRY(MatrixProduct result, multiply(call));
  ElementType element = form.op == "QGemm" ? ElementType::float32 : ElementType::int32;
  if (form.type != none && call.has(form.type)) element = call.inputs[form.type].element;
  return std::vector<TensorFact>{fact_of(call, element, std::move(result.out))};
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Form& form = form_of(call);
  const MatrixProduct result = multiply(call).value();
  const std::int64_t each = form.per_output + (form.bias != none && call.has(form.bias) ? 1 : 0);
  Work work = result.work();
  work.other = product({outputs[0].elements(), each});
  if (form.op == "DynamicQuantizeMatMul")
    work.other = sum({work.other, product({call.inputs[0].elements(), 6})});
  return work_cost(call, outputs, work, result.extents());
}

Result<std::vector<TensorFact>> bits_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  Shape out = call.inputs[0].shape;
  const std::int64_t rows = call.node.int_or("K", 0);
  const std::int64_t columns = call.node.int_or("N", 0);
  if (out.empty() || rows < 1 || columns < 1 || out.back() != rows) {
    return call.refuse(fmt::format("input [{}] for weights of {} x {}", fmt::join(out, ", "), rows, columns),
                       "the last extent of the input must equal the attribute K");
  }
  out.back() = columns;
  return std::vector<TensorFact>{fact_of(call, call.inputs[0].element, std::move(out))};
}

/// The packed weights hold K * N numbers; each is unpacked, shifted and scaled before the product.
Cost bits_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t k = call.node.int_or("K", 0);
  const std::int64_t n = call.node.int_or("N", 0);
  const std::int64_t m = k > 0 ? call.inputs[0].elements() / k : 0;
  const std::int64_t unpacking = product({k, n, 2});
  const std::int64_t bias = call.has(5) ? outputs[0].elements() : 0;
  Cost cost = work_cost(call, outputs, {.macs = product({m, n, k}), .other = sum({unpacking, bias})},
                        {.m = real(m), .n = real(n), .k = real(k)});
  if (is_learned(call.node, 1, call.inputs[1])) {
    cost.parameters += product({n, k}) - call.inputs[1].elements();
  }
  return cost;
}

network::Network integer_example(std::int64_t batch) {
  network::Builder builder("matmul_integer");
  const auto x = builder.input("x", {batch, 16}, ElementType::uint8);
  builder.output(builder.node("MatMulInteger", {x, builder.filled({16, 8}, 1, ElementType::int8)}, {},
                              {{"y", ElementType::int32, {batch, 8}}})[0]);
  return builder.finish();
}

network::Network linear_example(std::int64_t batch) {
  network::Builder builder("qlinear_matmul");
  const auto x = builder.input("x", {batch, 16}, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  const auto zero = builder.scalar(0, ElementType::uint8);
  const auto w = builder.filled({16, 8}, 1, ElementType::uint8);
  builder.output(builder.node("QLinearMatMul", {x, scale, zero, w, scale, zero, scale, zero}, {},
                              {{"y", ElementType::uint8, {batch, 8}}})[0]);
  return builder.finish();
}

network::Network to_float_example(std::int64_t batch) {
  network::Builder builder("matmul_integer_to_float");
  const auto x = builder.input("x", {batch, 16}, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  const auto w = builder.filled({16, 8}, 1, ElementType::uint8);
  builder.output(builder.node("MatMulIntegerToFloat", {x, w, scale, scale}, {},
                              {{"y", ElementType::float32, {batch, 8}}}, "com.microsoft")[0]);
  return builder.finish();
}

network::Network dynamic_example(std::int64_t batch) {
  network::Builder builder("dynamic_quantize_matmul");
  const auto x = builder.input("x", {batch, 16});
  const auto w = builder.filled({16, 8}, 1, ElementType::uint8);
  builder.output(builder.node("DynamicQuantizeMatMul", {x, w, builder.scalar(0.1)}, {},
                              {{"y", ElementType::float32, {batch, 8}}}, "com.microsoft")[0]);
  return builder.finish();
}

network::Network gemm_example(std::int64_t batch) {
  network::Builder builder("qgemm");
  const auto x = builder.input("x", {batch, 16}, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  const auto zero = builder.scalar(0, ElementType::uint8);
  const auto w = builder.filled({8, 16}, 1, ElementType::uint8);
  const auto bias = builder.filled({8}, 1, ElementType::int32);
  builder.output(builder.node("QGemm", {x, scale, zero, w, scale, zero, bias, scale, zero},
                              {{"transB", std::int64_t{1}}}, {{"y", ElementType::uint8, {batch, 8}}},
                              "com.microsoft")[0]);
  return builder.finish();
}

network::Network bits_example(std::int64_t batch) {
  network::Builder builder("matmul_n_bits");
  const auto x = builder.input("x", {batch, 64});
  const auto w = builder.filled({8, 2, 16}, 1, ElementType::uint8);
  builder.output(builder.node("MatMulNBits", {x, w, builder.filled({16}, 0.1)},
                              {{"K", std::int64_t{64}},
                               {"N", std::int64_t{8}},
                               {"bits", std::int64_t{4}},
                               {"block_size", std::int64_t{32}}},
                              {{"y", ElementType::float32, {batch, 8}}}, "com.microsoft")[0]);
  return builder.finish();
}

OpRule rule(std::string_view op, std::string_view domain, Example example, std::string_view summary) {
  return {.op = op, .domain = domain, .shapes = shapes, .cost = cost, .example = example, .summary = summary};
}

}  // namespace

std::vector<OpRule> quantized_matmul() {
  return {
      rule("MatMulInteger", "", integer_example, "product of int8 matrices into int32"),
      rule("QLinearMatMul", "", linear_example, "product of int8 matrices, rescaled to int8"),
      rule("MatMulIntegerToFloat", "com.microsoft", to_float_example, "product of int8 matrices into reals"),
      rule("DynamicQuantizeMatMul", "com.microsoft", dynamic_example,
           "quantises its input, multiplies in int8"),
      rule("QGemm", "com.microsoft", gemm_example, "Gemm of int8 matrices"),
      {.op = "MatMulNBits",
       .domain = "com.microsoft",
       .shapes = bits_shapes,
       .cost = bits_cost,
       .example = bits_example,
       .summary = "product with weights packed in few bits",
       .batch_scales = false},  // unpacking the weights costs the same for every batch
  };
}

}  // namespace forecost::layer::ops
