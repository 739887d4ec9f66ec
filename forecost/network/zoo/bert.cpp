// SPDX-License-Identifier: Apache-2.0
// Devlin et al. 2018; Sanh et al. 2019. The nodes are those of Hugging Face's eager attention.
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
constexpr std::int64_t words = 30522;
constexpr std::int64_t positions = 512;
constexpr double lowest = -3.4028234663852886e38;

/// [batch, sequence, width] -> [batch, heads, sequence, width / heads]
Value split_heads(Builder& b, const Value& x, std::vector<std::int64_t> permutation) {
  return b.transpose(b.reshape(x, {x.dim(0), x.dim(1), heads, width / heads}), std::move(permutation));
}

Value join_heads(Builder& b, const Value& x) {
  const Value y = b.transpose(x, {0, 2, 1, 3});
  return b.reshape(y, {y.dim(0), y.dim(1), width});
}

Value feed_forward(Builder& b, const Value& x) {
  const Value y = b.linear(b.gelu(b.linear(x, 4 * width)), width);
  return b.layer_norm(b.add(y, x), 1e-12);
}

Value position_embedding(Builder& b, std::int64_t sequence) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(sequence));
  std::iota(ids.begin(), ids.end(), std::int64_t{0});
  return b.gather(b.weights({positions, width}, 0.02), b.integers(std::move(ids), {1, sequence}));
}

Value bert_attention(Builder& b, const Value& x, const Value& mask) {
  const Value q = split_heads(b, b.linear(x, width), {0, 2, 1, 3});
  const Value k = split_heads(b, b.linear(x, width), {0, 2, 3, 1});
  const Value v = split_heads(b, b.linear(x, width), {0, 2, 1, 3});
  const Value scores = b.div(b.matmul(q, k), b.scalar(8));
  const Value mixed = b.matmul(b.softmax(b.add(scores, mask)), v);
  return b.layer_norm(b.add(b.linear(join_heads(b, mixed), width), x), 1e-12);
}

Network build_bert(const ZooOptions& options) {
  const std::int64_t sequence = options.sequence > 0 ? options.sequence : 128;
  Builder b("bert_base");
  const Value ids = b.input("input_ids", {options.batch, sequence}, ElementType::int64);
  const Value attended = b.input("attention_mask", {options.batch, sequence}, ElementType::int64);
  const Value types = b.input("token_type_ids", {options.batch, sequence}, ElementType::int64);
  b.scope("embeddings");
  const Value visible = b.cast(b.unsqueeze(b.unsqueeze(attended, 1), 2), ElementType::float32);
  const Value mask = b.mul(b.sub(b.scalar(1), visible), b.scalar(lowest));
  Value x =
      b.add(b.gather(b.weights({words, width}, 0.02), ids), b.gather(b.weights({2, width}, 0.02), types));
  x = b.layer_norm(b.add(x, position_embedding(b, sequence)), 1e-12);
  for (int layer = 0; layer < 12; ++layer) {
    b.scope("layer." + std::to_string(layer) + ".attention");
    x = bert_attention(b, x, mask);
    b.scope("layer." + std::to_string(layer) + ".mlp");
    x = feed_forward(b, x);
  }
  b.output(x, "last_hidden_state");
  b.scope("pooler");
  b.output(b.same("Tanh", {b.linear(b.gather(x, b.integers({0}, {}), 1), width)}), "pooler_output");
  return b.finish();
}

Value distilbert_attention(Builder& b, const Value& x, const Value& hidden) {
  const Value q = b.div(split_heads(b, b.linear(x, width), {0, 2, 1, 3}), b.scalar(8));
  const Value k = split_heads(b, b.linear(x, width), {0, 2, 3, 1});
  const Value v = split_heads(b, b.linear(x, width), {0, 2, 1, 3});
  const Value scores = b.matmul(q, k);
  const Value masked = b.node("Where", {hidden, b.scalar(lowest), scores}, {}, {scores}).front();
  const Value mixed = b.matmul(b.softmax(masked), v);
  return b.layer_norm(b.add(b.linear(join_heads(b, mixed), width), x), 1e-12);
}

Network build_distilbert(const ZooOptions& options) {
  const std::int64_t sequence = options.sequence > 0 ? options.sequence : 128;
  Builder b("distilbert");
  const Value ids = b.input("input_ids", {options.batch, sequence}, ElementType::int64);
  const Value attended = b.input("attention_mask", {options.batch, sequence}, ElementType::int64);
  b.scope("embeddings");
  const Value masked = b.binary("Equal", attended, b.scalar(0, ElementType::int64), ElementType::boolean);
  const Value hidden = b.unsqueeze(b.unsqueeze(masked, 1), 2);
  Value x = b.add(b.gather(b.weights({words, width}, 0.02), ids), position_embedding(b, sequence));
  x = b.layer_norm(x, 1e-12);
  for (int layer = 0; layer < 6; ++layer) {
    b.scope("layer." + std::to_string(layer) + ".attention");
    x = distilbert_attention(b, x, hidden);
    b.scope("layer." + std::to_string(layer) + ".mlp");
    x = feed_forward(b, x);
  }
  b.output(x, "last_hidden_state");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> bert() {
  return {
      {.name = "bert_base",
       .summary = "BERT-base uncased with pooler, 128 tokens",
       .source =
           "Hugging Face bert-base-uncased (109 M parameters); Sun et al. 2020 (MobileBERT), table 4: 22.5 G "
           "operations at 128 tokens; exact by layer",
       .parameters = 109'482'240,
       .macs = 11'174'215'680,
       .build = build_bert},
      {.name = "distilbert",
       .summary = "DistilBERT-base uncased, 128 tokens",
       .source =
           "Hugging Face distilbert-base-uncased (66 M parameters); six of BERT's layers, exact by layer",
       .parameters = 66'362'880,
       .macs = 5'586'812'928,
       .build = build_distilbert}};
}

}  // namespace forecost::network::zoo
