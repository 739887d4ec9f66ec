// SPDX-License-Identifier: Apache-2.0
// Radford et al. 2019. The nodes are those of Hugging Face's GPT2LMHeadModel without a cache of past keys.
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

constexpr std::int64_t width = 768;
constexpr std::int64_t heads = 12;
constexpr std::int64_t words = 50257;
constexpr std::int64_t positions = 1024;

/// Hugging Face's Conv1D: a Gemm over all tokens.
Value dense(Builder& b, const Value& x, std::int64_t features) {
  const Value y = b.linear(b.reshape(x, {-1, x.dim(2)}), features);
  return b.reshape(y, {-1, x.dim(1), features});
}

/// True where a token may look: at itself and what stands before it.
Value causal_mask(Builder& b, const Value& ids) {
  const std::int64_t sequence = ids.dim(1);
  return b.binary("LessOrEqual", ids, b.reshape(ids, {sequence, 1}), ElementType::boolean);
}

Value attention(Builder& b, const Value& x, const Value& visible) {
  const std::vector<Value> parts = b.split(dense(b, x, 3 * width), 2, {width, width, width});
  const auto heads_of = [&b](const Value& part, std::vector<std::int64_t> permutation) {
    return b.transpose(b.reshape(part, {part.dim(0), part.dim(1), heads, width / heads}),
                       std::move(permutation));
  };
  const Value q = heads_of(parts[0], {0, 2, 1, 3});
  const Value k = heads_of(parts[1], {0, 2, 3, 1});
  const Value v = heads_of(parts[2], {0, 2, 1, 3});
  const Value scores = b.div(b.matmul(q, k), b.scalar(8));
  const Value masked =
      b.node("Where", {visible, scores, b.scalar(-3.4028234663852886e38)}, {}, {scores}).front();
  const Value mixed = b.transpose(b.matmul(b.softmax(masked), v), {0, 2, 1, 3});
  return dense(b, b.reshape(mixed, {x.dim(0), x.dim(1), width}), width);
}

Network build(const ZooOptions& options) {
  const std::int64_t sequence = options.sequence > 0 ? options.sequence : 128;
  Builder b("gpt2");
  const Value tokens = b.input("input_ids", {options.batch, sequence}, ElementType::int64);
  b.scope("embeddings");
  std::vector<std::int64_t> order(static_cast<std::size_t>(sequence));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const Value ids = b.integers(std::move(order), {1, sequence});
  const Value visible = causal_mask(b, ids);
  const Value embedding = b.weights({words, width}, 0.02);
  Value x = b.add(b.gather(embedding, tokens), b.gather(b.weights({positions, width}, 0.02), ids));
  for (int layer = 0; layer < 12; ++layer) {
    b.scope("h." + std::to_string(layer) + ".attn");
    x = b.add(attention(b, b.layer_norm(x), visible), x);
    b.scope("h." + std::to_string(layer) + ".mlp");
    x = b.add(x, dense(b, b.gelu_tanh(dense(b, b.layer_norm(x), 4 * width)), width));
  }
  b.scope("lm_head");
  b.output(b.matmul(b.layer_norm(x), b.transpose(embedding, {1, 0})), "logits");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> gpt2() {
  return {
      {.name = "gpt2",
       .summary = "GPT-2 small reading a prompt of 128 tokens, logits of every token",
       .source = "Hugging Face gpt2: 124,439,808 parameters (embedding shared with the head); exact by layer",
       .parameters = 124'439'808,
       .macs = 16'114'089'984,
       .build = build}};
}

}  // namespace forecost::network::zoo
