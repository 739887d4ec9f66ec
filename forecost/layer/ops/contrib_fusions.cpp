// SPDX-License-Identifier: Apache-2.0
// What ONNX Runtime's CPU optimiser writes for GELU, normalisation after a sum, embeddings and masked softmax
// (ContribOperators.md).
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/layer/work.h"
#include "forecost/network/builder.h"

namespace forecost::layer::ops {

namespace {

constexpr std::int64_t per_normalised = 8;

Result<std::vector<TensorFact>> biased_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 1));
  if (call.has(1)) {
    FORECOST_TRY(const Shape both, broadcast(call, call.inputs[0].shape, call.inputs[1].shape));
    if (both != call.inputs[0].shape) {
      return call.refuse(
          fmt::format("bias [{}] is larger than the input [{}]", fmt::join(call.inputs[1].shape, ", "),
                      fmt::join(call.inputs[0].shape, ", ")),
          "the second input must broadcast to the first");
    }
  }
  return same_as_input(call);
}

Cost activation_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  return streaming_cost(call, outputs, call.has(1) ? 5 : 4);
}

Cost biased_softmax_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const Shape& shape = call.inputs[0].shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  std::int64_t axis = call.node.int_or("axis", 1);
  if (axis < 0) axis += rank;
  const std::int64_t length =
      extent_product(shape, static_cast<std::size_t>(std::clamp<std::int64_t>(axis, 0, rank)), shape.size());
  const std::int64_t elements = call.inputs[0].elements();
  return work_cost(call, outputs, {.other = product({elements, 6})},
                   {.m = length > 0 ? real(elements / length) : 0, .n = real(length)});
}

bool is_simplified(const OpCall& call) {
  return call.node.op == "SkipSimplifiedLayerNormalization";
}

Result<std::vector<TensorFact>> skip_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done ready, needs_inputs(call, 3));
  const Shape& x = call.inputs[0].shape;
  const Shape& skip = call.inputs[1].shape;
  FORECOST_TRY(const Shape both, broadcast(call, x, skip));
  if (x.empty() || both != x || call.inputs[2].shape != Shape{x.back()}) {
    return call.refuse(fmt::format("input [{}], skip [{}] and scale [{}]", fmt::join(x, ", "),
                                   fmt::join(skip, ", "), fmt::join(call.inputs[2].shape, ", ")),
                       "the skip must broadcast to the input, the scale has the extent of the last axis");
  }
  Shape reduced = x;
  reduced.back() = 1;
  const TensorFact statistic = fact_of(call, ElementType::float32, std::move(reduced));
  const TensorFact whole = fact_of(call, call.inputs[0].element, x);
  return named_outputs(call, {whole, statistic, statistic, whole});
}

Cost skip_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = call.inputs[0].elements();
  const std::int64_t length = call.inputs[0].shape.back();
  const std::int64_t bias = call.has(is_simplified(call) ? 3 : 4) ? 1 : 0;
  const std::int64_t each = 1 + bias + (is_simplified(call) ? 5 : per_normalised);
  return work_cost(call, outputs, {.other = product({elements, each})},
                   {.m = length > 0 ? real(elements / length) : 0, .n = real(length)});
}

Result<std::vector<TensorFact>> embed_shapes(const OpCall& call) {
  FORECOST_TRY([[maybe_unused]] const Done tokens, needs_inputs(call, 1));
  for (const std::size_t input : {2U, 3U, 5U, 6U}) {
    if (!call.has(input)) {
      return call.refuse(fmt::format("input {} is missing", input),
                         "tables of words and positions, scale and bias are required");
    }
  }
  const Shape& ids = call.inputs[0].shape;
  const Shape& words = call.inputs[2].shape;
  if (ids.size() != 2 || words.size() != 2) {
    return call.refuse(
        fmt::format("tokens [{}] and words [{}]", fmt::join(ids, ", "), fmt::join(words, ", ")),
        "tokens are [batch, length], words [vocabulary, hidden]");
  }
  const TensorFact whole = fact_of(call, call.inputs[2].element, {ids[0], ids[1], words[1]});
  return named_outputs(call, {whole, fact_of(call, ElementType::int32, {ids[0]}), whole});
}

/// Of each table one row per token is read.
Cost embed_cost(const OpCall& call, std::span<const TensorFact> outputs) {
  const std::int64_t elements = outputs[0].elements();
  const std::int64_t tables = call.has(4) ? 3 : 2;
  Cost cost = work_cost(call, outputs, {.other = product({elements, per_normalised + tables - 1})},
                        {.m = real(call.inputs[0].elements()), .n = real(call.inputs[2].shape[1])});
  for (const std::size_t table : {2U, 3U, 4U}) {
    if (!call.has(table)) continue;
    const Bytes whole = call.inputs[table].bytes();
    const Bytes picked = std::min(whole, outputs[0].bytes());
    cost.read += picked - whole;
    if (call.inputs[table].constant) cost.weights += picked - whole;
  }
  return cost;
}

network::Network activation_example(std::string op, std::int64_t batch) {
  network::Builder builder("activation");
  std::vector<network::Value> inputs{builder.input("x", {batch, 4, 8})};
  if (op == "BiasGelu") inputs.push_back(builder.filled({8}, 0));
  builder.output(builder.same(std::move(op), inputs, {}, "com.microsoft"));
  return builder.finish();
}

network::Network softmax_example(std::int64_t batch) {
  network::Builder builder("bias_softmax");
  const auto x = builder.input("x", {batch, 2, 4, 4});
  const auto mask = builder.input("mask", {batch, 1, 1, 4});
  builder.output(builder.same("BiasSoftmax", {x, mask},
                              {{"axis", std::int64_t{3}}, {"is_inner_broadcast", std::int64_t{0}}},
                              "com.microsoft"));
  return builder.finish();
}

network::Network skip_example(std::string op, std::int64_t batch) {
  network::Builder builder("skip_normalization");
  const auto x = builder.input("x", {batch, 4, 8});
  const auto skip = builder.input("skip", {batch, 4, 8});
  builder.output(builder.same(std::move(op), {x, skip, builder.filled({8}, 1), builder.filled({8}, 0)}, {},
                              "com.microsoft"));
  return builder.finish();
}

network::Network embed_example(std::int64_t batch) {
  network::Builder builder("embed_normalization");
  const auto tokens = builder.input("tokens", {batch, 6}, ElementType::int32);
  const auto segments = builder.input("segments", {batch, 6}, ElementType::int32);
  const auto made =
      builder.node("EmbedLayerNormalization",
                   {tokens, segments, builder.weights({50, 8}, 0.1), builder.weights({16, 8}, 0.1),
                    builder.weights({2, 8}, 0.1), builder.filled({8}, 1), builder.filled({8}, 0)},
                   {}, {{"y", ElementType::float32, {batch, 6, 8}}, {"mask", ElementType::int32, {batch}}},
                   "com.microsoft");
  for (const auto& value : made) builder.output(value);
  return builder.finish();
}

OpRule activation(std::string_view op, Example example, std::string_view summary) {
  return {.op = op,
          .domain = "com.microsoft",
          .shapes = biased_shapes,
          .cost = activation_cost,
          .example = example,
          .summary = summary};
}

}  // namespace

std::vector<OpRule> contrib_fusions() {
  return {
      activation(
          "Gelu", [](std::int64_t n) { return activation_example("Gelu", n); }, "GELU by the error function"),
      activation(
          "FastGelu", [](std::int64_t n) { return activation_example("FastGelu", n); }, "GELU by tanh"),
      activation(
          "BiasGelu", [](std::int64_t n) { return activation_example("BiasGelu", n); }, "GELU of a sum"),
      activation(
          "QuickGelu", [](std::int64_t n) { return activation_example("QuickGelu", n); },
          "x * sigmoid(alpha x)"),
      {.op = "BiasSoftmax",
       .domain = "com.microsoft",
       .shapes = biased_shapes,
       .cost = biased_softmax_cost,
       .example = softmax_example,
       .summary = "Softmax of a sum"},
      {.op = "SkipLayerNormalization",
       .domain = "com.microsoft",
       .shapes = skip_shapes,
       .cost = skip_cost,
       .example = [](std::int64_t n) { return skip_example("SkipLayerNormalization", n); },
       .summary = "LayerNormalization of a sum"},
      {.op = "SkipSimplifiedLayerNormalization",
       .domain = "com.microsoft",
       .shapes = skip_shapes,
       .cost = skip_cost,
       .example = [](std::int64_t n) { return skip_example("SkipSimplifiedLayerNormalization", n); },
       .summary = "RMSNormalization of a sum"},
      {.op = "EmbedLayerNormalization",
       .domain = "com.microsoft",
       .shapes = embed_shapes,
       .cost = embed_cost,
       .example = embed_example,
       .summary = "embeddings summed and normalised"},
  };
}

}  // namespace forecost::layer::ops
