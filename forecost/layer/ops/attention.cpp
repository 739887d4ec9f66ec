// SPDX-License-Identifier: Apache-2.0
// Attention-23 and RotaryEmbedding-23 of ai.onnx, and ONNX Runtime's RotaryEmbedding. Scores and weighted
// sums are counted in full: a causal mask hides results, it does not save work.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/attention_work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

/// [batch, heads, length, width] of an operand that is stated so or as [batch, length, heads * width].
Result<Shape> by_heads(const OpCall& call, std::size_t input, std::string_view heads_key) {
  const Shape& shape = call.inputs[input].shape;
  if (shape.size() == 4) return shape;
  const std::int64_t heads = call.node.int_or(heads_key, 0);
  if (shape.size() == 3 && heads > 0 && shape[2] % heads == 0) {
    return Shape{shape[0], heads, shape[1], shape[2] / heads};
  }
  return call.refuse(
      fmt::format("input {} is [{}] with {} = {}", input, fmt::join(shape, ", "), heads_key, heads),
      "operands are [batch, heads, length, width], or [batch, length, heads * width] with the "
      "attributes q_num_heads and kv_num_heads");
}

Result<AttentionSizes> sizes_of(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  FORECOST_TRY(const Shape q, by_heads(call, 0, "q_num_heads"));
  FORECOST_TRY(const Shape k, by_heads(call, 1, "kv_num_heads"));
  FORECOST_TRY(const Shape v, by_heads(call, 2, "kv_num_heads"));
  AttentionSizes sizes{.batch = q[0],
                       .heads = q[1],
                       .kv_heads = k[1],
                       .queries = q[2],
                       .keys = k[2],
                       .width = q[3],
                       .value_width = v[3],
                       .biased = call.has(3)};
  if (k[0] != q[0] || v[0] != q[0] || k[3] != q[3] || v[2] != k[2] || v[1] != k[1] || k[1] < 1 ||
      q[1] % k[1] != 0) {
    return call.refuse(
        fmt::format("queries [{}], keys [{}] and values [{}]", fmt::join(q, ", "), fmt::join(k, ", "),
                    fmt::join(v, ", ")),
        "batches, key widths and key and value lengths must agree, and key heads divide query heads");
  }
  if (call.has(4)) {
    const Shape& past = call.inputs[4].shape;
    if (past.size() != 4) {
      return call.refuse(fmt::format("past keys are [{}]", fmt::join(past, ", ")), "they have rank 4");
    }
    sizes.keys = sum({sizes.keys, past[2]});
  }
  return sizes;
}

Result<std::vector<TensorFact>> shapes(const OpCall& call) {
  FORECOST_TRY(const AttentionSizes s, sizes_of(call));
  const ElementType element = call.inputs[0].element;
  const Shape out = call.inputs[0].shape.size() == 4
                        ? Shape{s.batch, s.heads, s.queries, s.value_width}
                        : Shape{s.batch, s.queries, product({s.heads, s.value_width})};
  return named_outputs(
      call, {fact_of(call, element, out), fact_of(call, element, {s.batch, s.kv_heads, s.keys, s.width}),
             fact_of(call, element, {s.batch, s.kv_heads, s.keys, s.value_width}),
             fact_of(call, element, {s.batch, s.heads, s.queries, s.keys})});
}

Cost cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const AttentionSizes sizes = sizes_of(call).value();
  return work_cost(call, outputs, attention_work(sizes), attention_extents(sizes));
}

Result<std::vector<TensorFact>> rotary_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const std::size_t rank = call.inputs[0].shape.size();
  if (rank != 3 && rank != 4) {
    return call.refuse(fmt::format("input [{}]", fmt::join(call.inputs[0].shape, ", ")),
                       "the input has rank 3 or 4");
  }
  return same_as_input(call);
}

/// A pair is turned by four multiplications and two additions.
Cost rotary_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, 3);
}

network::Network example(std::int64_t batch) {
  network::Builder builder("attention", 23);
  const auto q = builder.input("q", {batch, 2, 4, 8});
  const auto k = builder.input("k", {batch, 2, 6, 8});
  const auto v = builder.input("v", {batch, 2, 6, 8});
  builder.output(
      builder.node("Attention", {q, k, v}, {}, {{"y", ElementType::float32, {batch, 2, 4, 8}}})[0]);
  return builder.finish();
}

network::Network rotary_example(std::int64_t batch) {
  network::Builder builder("rotary_embedding", 23);
  const auto x = builder.input("x", {batch, 2, 4, 8});
  const auto angles = builder.input("cosines", {batch, 4, 4});
  const auto others = builder.input("sines", {batch, 4, 4});
  builder.output(builder.same("RotaryEmbedding", {x, angles, others}));
  return builder.finish();
}

network::Network contrib_rotary_example(std::int64_t batch) {
  network::Builder builder("rotary_embedding");
  const auto x = builder.input("x", {batch, 4, 16});
  const auto positions = builder.input("positions", {batch, 4}, ElementType::int64);
  builder.output(builder.same("RotaryEmbedding",
                              {x, positions, builder.filled({4, 8}, 1), builder.filled({4, 8}, 0)}, {},
                              "com.microsoft"));
  return builder.finish();
}

}  // namespace

std::vector<OpRule> attention() {
  return {
      {.op = "Attention",
       .shapes = shapes,
       .cost = cost,
       .example = example,
       .summary = "scaled dot-product attention"},
      {.op = "RotaryEmbedding",
       .shapes = rotary_shapes,
       .cost = rotary_cost,
       .example = rotary_example,
       .summary = "turns pairs by their position"},
      {.op = "RotaryEmbedding",
       .domain = "com.microsoft",
       .shapes = rotary_shapes,
       .cost = rotary_cost,
       .example = contrib_rotary_example,
       .summary = "turns pairs by their position"},
  };
}

}  // namespace forecost::layer::ops
