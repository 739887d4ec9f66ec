// SPDX-License-Identifier: Apache-2.0
// Attention, MultiHeadAttention, GroupQueryAttention and QAttention of ONNX Runtime (ContribOperators.md).
// Attention and QAttention project their input to queries, keys and values themselves.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/attention_work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

Result<std::int64_t> heads_of(const OpCall& call, std::string_view key, std::int64_t hidden) {
  const std::int64_t heads = call.node.int_or(key, 0);
  if (heads > 0 && hidden % heads == 0) return heads;
  return call.refuse(fmt::format("{} = {} for a hidden size of {}", key, heads, hidden),
                     "the number of heads must divide the hidden size");
}

/// Length of a cached sequence: axis 3 of one stacked tensor [2, B, heads, length, width], axis 2 of separate
/// ones.
std::int64_t past_length(const OpCall& call, std::size_t input) {
  if (!call.has(input)) return 0;
  const Shape& shape = call.inputs[input].shape;
  return shape.size() == 5 ? shape[3] : shape.size() == 4 ? shape[2] : 0;
}

/// Widths of the projections to queries, keys and values.
Shape projections_of(const OpCall& call) {
  Shape stated = call.node.ints_or("qkv_hidden_sizes", {});
  const bool usable =
      stated.size() == 3 && std::all_of(stated.begin(), stated.end(), [](auto size) { return size > 0; });
  if (usable) return stated;
  const std::int64_t hidden = call.inputs[1].shape[1] / 3;
  return {hidden, hidden, hidden};
}

Result<AttentionSizes> projected_sizes(const OpCall& call) {
  const bool quantised = call.node.op == "QAttention";
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 2));
  const Shape& x = call.inputs[0].shape;
  const Shape& w = call.inputs[1].shape;
  if (x.size() != 3 || w.size() != 2 || w[0] != x[2]) {
    return call.refuse(fmt::format("input [{}] and weights [{}]", fmt::join(x, ", "), fmt::join(w, ", ")),
                       "the input is [batch, length, features], the weights [features, 3 * hidden]");
  }
  const Shape widths = projections_of(call);
  if (sum({widths[0], widths[1], widths[2]}) != w[1]) {
    return call.refuse(
        fmt::format("weights [{}] for projections of [{}]", fmt::join(w, ", "), fmt::join(widths, ", ")),
        "their second extent is the sum of query, key and value sizes");
  }
  FORECOST_TRY(const std::int64_t heads, heads_of(call, "num_heads", widths[0]));
  const std::int64_t past = past_length(call, quantised ? 8 : 4);
  return AttentionSizes{.batch = x[0],
                        .heads = heads,
                        .kv_heads = heads,
                        .queries = x[1],
                        .keys = sum({x[1], past}),
                        .width = widths[0] / heads,
                        .value_width = widths[2] / heads,
                        .biased = call.has(quantised ? 5 : 3) || (!quantised && call.has(5))};
}

Result<std::vector<TensorFact>> projected_shapes(const OpCall& call) {
  FORECOST_TRY(const AttentionSizes s, projected_sizes(call));
  const ElementType element = call.node.op == "QAttention" ? ElementType::float32 : call.inputs[0].element;
  return named_outputs(call, {fact_of(call, element, {s.batch, s.queries, product({s.heads, s.value_width})}),
                              fact_of(call, element, {2, s.batch, s.heads, s.keys, s.width})});
}

Cost projected_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const AttentionSizes s = projected_sizes(call).value();
  const std::int64_t rows = product({s.batch, s.queries});
  Work work = attention_work(s);
  work.macs = sum({work.macs, product({rows, call.inputs[1].elements()})});
  work.other = sum({work.other, product({rows, call.inputs[1].shape[1]})});
  return work_cost(call, outputs, work, attention_extents(s));
}

Error misfit(const OpCall& call) {
  return call.refuse(
      fmt::format("queries [{}] do not fit keys and values", fmt::join(call.inputs[0].shape, ", ")),
      "queries are [batch, length, hidden]; keys and values have the same batch and one length, or all "
      "are packed into the first input");
}

Result<AttentionSizes> multi_head_sizes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& q = call.inputs[0].shape;
  const std::int64_t past = past_length(call, 6);
  const bool biased = call.has(4) || call.has(5);
  if (q.size() == 5) {  // [batch, length, heads, 3, width]
    return AttentionSizes{.batch = q[0],
                          .heads = q[2],
                          .kv_heads = q[2],
                          .queries = q[1],
                          .keys = sum({q[1], past}),
                          .width = q[4],
                          .value_width = q[4],
                          .biased = biased};
  }
  if (q.size() != 3 || !call.has(1)) return misfit(call);
  FORECOST_TRY(const std::int64_t heads, heads_of(call, "num_heads", q[2]));
  AttentionSizes s{.batch = q[0],
                   .heads = heads,
                   .kv_heads = heads,
                   .queries = q[1],
                   .width = q[2] / heads,
                   .value_width = q[2] / heads,
                   .biased = biased};
  const Shape& k = call.inputs[1].shape;
  if (k.size() < 3 || k[0] != q[0]) return misfit(call);
  s.keys = sum({k.size() == 4 ? k[2] : k[1], past});  // rank 4: [batch, heads, length, width]
  if (call.has(2)) {
    const Shape& v = call.inputs[2].shape;
    if (v.size() == 3 && v[1] == k[1] && v[2] % heads == 0)
      s.value_width = v[2] / heads;
    else if (v.size() == 4 && k.size() == 4 && v[2] == k[2])
      s.value_width = v[3];
    else
      return misfit(call);
  }
  return s;
}

Result<std::vector<TensorFact>> multi_head_shapes(const OpCall& call) {
  FORECOST_TRY(const AttentionSizes s, multi_head_sizes(call));
  const ElementType element = call.inputs[0].element;
  return named_outputs(call, {fact_of(call, element, {s.batch, s.queries, product({s.heads, s.value_width})}),
                              fact_of(call, element, {s.batch, s.heads, s.keys, s.width}),
                              fact_of(call, element, {s.batch, s.heads, s.keys, s.value_width}),
                              fact_of(call, element, {s.batch, s.heads, s.queries, s.keys})});
}

Cost multi_head_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const AttentionSizes s = multi_head_sizes(call).value();
  Work work = attention_work(s);
  if (call.has(3)) work.other = sum({work.other, call.inputs[0].elements()});
  return work_cost(call, outputs, work, attention_extents(s));
}

Result<AttentionSizes> grouped_sizes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  const Shape& q = call.inputs[0].shape;
  const std::int64_t kv_heads = call.node.int_or("kv_num_heads", 0);
  const std::int64_t heads = call.node.int_or("num_heads", 0);
  if (q.size() != 3 || heads < 1 || kv_heads < 1 || heads % kv_heads != 0) return misfit(call);
  const bool packed = !call.has(1);
  const std::int64_t all = packed ? sum({heads, kv_heads, kv_heads}) : heads;
  if (q[2] % all != 0) return misfit(call);
  std::int64_t keys = sum({q[1], past_length(call, 3)});
  if (const auto* known = call.integers(6); known != nullptr && known->size() == 1 && known->front() > 0) {
    keys = std::min(keys, known->front());
  }
  const std::int64_t width = q[2] / all;
  return AttentionSizes{.batch = q[0],
                        .heads = heads,
                        .kv_heads = kv_heads,
                        .queries = q[1],
                        .keys = keys,
                        .width = width,
                        .value_width = width};
}

Result<std::vector<TensorFact>> grouped_shapes(const OpCall& call) {
  FORECOST_TRY(const AttentionSizes s, grouped_sizes(call));
  const ElementType element = call.inputs[0].element;
  const std::int64_t kept = std::max(s.keys, past_length(call, 3));
  const TensorFact cache = fact_of(call, element, {s.batch, s.kv_heads, kept, s.width});
  return named_outputs(
      call, {fact_of(call, element, {s.batch, s.queries, product({s.heads, s.width})}), cache, cache});
}

Cost grouped_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const AttentionSizes s = grouped_sizes(call).value();
  Work work = attention_work(s);
  if (call.node.int_or("do_rotary", 0) != 0) {
    work.other = sum({work.other, product({s.batch, s.queries, sum({s.heads, s.kv_heads}), s.width, 3})});
  }
  return work_cost(call, outputs, work, attention_extents(s));
}

network::Network projected_example(std::int64_t batch) {
  network::Builder builder("attention");
  const auto x = builder.input("x", {batch, 4, 16});
  builder.output(builder.node("Attention", {x, builder.weights({16, 48}, 0.1), builder.filled({48}, 0)},
                              {{"num_heads", std::int64_t{2}}}, {{"y", ElementType::float32, {batch, 4, 16}}},
                              "com.microsoft")[0]);
  return builder.finish();
}

network::Network quantised_example(std::int64_t batch) {
  network::Builder builder("q_attention");
  const auto x = builder.input("x", {batch, 4, 16}, ElementType::uint8);
  const auto scale = builder.scalar(0.1);
  builder.output(builder.node(
      "QAttention",
      {x, builder.filled({16, 48}, 1, ElementType::int8), builder.filled({48}, 0), scale, scale},
      {{"num_heads", std::int64_t{2}}}, {{"y", ElementType::float32, {batch, 4, 16}}}, "com.microsoft")[0]);
  return builder.finish();
}

network::Network multi_head_example(std::int64_t batch) {
  network::Builder builder("multi_head_attention");
  const auto q = builder.input("q", {batch, 4, 16});
  const auto k = builder.input("k", {batch, 6, 16});
  const auto v = builder.input("v", {batch, 6, 16});
  builder.output(builder.node("MultiHeadAttention", {q, k, v}, {{"num_heads", std::int64_t{2}}},
                              {{"y", ElementType::float32, {batch, 4, 16}}}, "com.microsoft")[0]);
  return builder.finish();
}

network::Network grouped_example(std::int64_t batch) {
  network::Builder builder("group_query_attention");
  const auto q = builder.input("q", {batch, 4, 32});
  const auto k = builder.input("k", {batch, 4, 16});
  const auto v = builder.input("v", {batch, 4, 16});
  builder.output(builder.node("GroupQueryAttention", {q, k, v},
                              {{"num_heads", std::int64_t{4}}, {"kv_num_heads", std::int64_t{2}}},
                              {{"y", ElementType::float32, {batch, 4, 32}}}, "com.microsoft")[0]);
  return builder.finish();
}

}  // namespace

std::vector<OpRule> contrib_attention() {
  return {
      {.op = "Attention",
       .domain = "com.microsoft",
       .shapes = projected_shapes,
       .cost = projected_cost,
       .example = projected_example,
       .summary = "projections and multi-head attention in one"},
      {.op = "QAttention",
       .domain = "com.microsoft",
       .shapes = projected_shapes,
       .cost = projected_cost,
       .example = quantised_example,
       .summary = "Attention with int8 projections"},
      {.op = "MultiHeadAttention",
       .domain = "com.microsoft",
       .shapes = multi_head_shapes,
       .cost = multi_head_cost,
       .example = multi_head_example,
       .summary = "multi-head attention of projected operands"},
      {.op = "GroupQueryAttention",
       .domain = "com.microsoft",
       .shapes = grouped_shapes,
       .cost = grouped_cost,
       .example = grouped_example,
       .summary = "attention whose heads share keys and values"},
  };
}

}  // namespace forecost::layer::ops
