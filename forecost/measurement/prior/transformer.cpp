// SPDX-License-Identifier: Apache-2.0
// Encoder and decoder blocks: patches or tokens, attention with and without masks, feed-forward networks
// (ViT, BERT, DistilBERT, GPT-2).
#include <cmath>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;
using network::ElementType;

struct Style {
  std::int64_t heads = 4;
  std::int64_t inner = 1024;
  bool masked = false, causal = false, norm_first = false;
  std::string activation = "gelu";
};

Value split_heads(Builder& builder, const Value& x, const Style& style,
                  const std::vector<std::int64_t>& order) {
  const std::int64_t n = x.dim(0), s = x.dim(1), d = x.dim(2);
  return builder.transpose(builder.reshape(x, {n, s, style.heads, d / style.heads}), order);
}

Value attention(Builder& builder, const Value& x, const Style& style, const Value& mask) {
  const std::int64_t n = x.dim(0), s = x.dim(1), d = x.dim(2);
  Value q, k, v;
  if (style.causal) {  // one projection for all three, as GPT-2 does
    const auto parts = builder.split(builder.linear(x, 3 * d), 2, {d, d, d});
    q = split_heads(builder, parts[0], style, {0, 2, 1, 3});
    k = split_heads(builder, parts[1], style, {0, 2, 3, 1});
    v = split_heads(builder, parts[2], style, {0, 2, 1, 3});
  } else {
    q = split_heads(builder, builder.linear(x, d), style, {0, 2, 1, 3});
    k = split_heads(builder, builder.linear(x, d), style, {0, 2, 3, 1});
    v = split_heads(builder, builder.linear(x, d), style, {0, 2, 1, 3});
  }
  Value scores = builder.matmul(q, k);
  scores = builder.div(scores,
                       builder.scalar(std::sqrt(static_cast<double>(d) / static_cast<double>(style.heads))));
  if (style.masked) scores = builder.add(scores, mask);
  const Value mixed = builder.matmul(builder.softmax(scores, -1), v);
  const Value merged = builder.reshape(builder.transpose(mixed, {0, 2, 1, 3}), {n, s, d});
  return builder.linear(merged, d);
}

Value tanh_gelu(Builder& builder, const Value& x) {
  const Value cube = builder.node("Pow", {x, builder.scalar(3)}, {}, {x})[0];
  const Value inner =
      builder.mul(builder.add(x, builder.mul(cube, builder.scalar(0.044715))), builder.scalar(0.7978845608));
  const Value gate = builder.add(builder.same("Tanh", {inner}), builder.scalar(1));
  return builder.mul(builder.mul(x, builder.scalar(0.5)), gate);
}

Value block(Builder& builder, const Value& x, const Style& style, const Value& mask) {
  const auto feed = [&](const Value& in) {
    Value h = builder.linear(in, style.inner);
    h = style.activation == "gelu"        ? builder.gelu(h)
        : style.activation == "tanh_gelu" ? tanh_gelu(builder, h)
                                          : builder.relu(h);
    return builder.linear(h, x.dim(2));
  };
  if (style.norm_first) {
    const Value y = builder.add(x, attention(builder, builder.layer_norm(x), style, mask));
    return builder.add(y, feed(builder.layer_norm(y)));
  }
  const Value y = builder.layer_norm(builder.add(x, attention(builder, x, style, mask)));
  return builder.layer_norm(builder.add(y, feed(y)));
}

network::Network draw(Dice& dice) {
  Builder builder("transformer");
  Style style;
  const auto head = dice.pick<std::int64_t>({32, 64, 64, 64, 64, 80});
  style.heads = dice.spread(1, 16);
  const std::int64_t d = head * style.heads;
  style.inner = d * dice.pick<std::int64_t>({2, 3, 4, 4, 4, 4});
  style.norm_first = dice.chance(0.5);
  style.causal = dice.chance(0.3);
  style.masked = style.causal || dice.chance(0.4);
  style.activation = style.causal ? dice.pick<std::string>({"tanh_gelu", "tanh_gelu", "gelu"})
                                  : dice.pick<std::string>({"gelu", "gelu", "gelu", "relu"});
  const auto n = dice.pick<std::int64_t>({1, 1, 1, 1, 2, 4, 8, 8});
  const std::int64_t s = dice.chance(0.4) ? dice.pick<std::int64_t>({16, 32, 50, 64, 128, 128, 197, 197, 256})
                                          : dice.spread(4, 512);
  Value x, mask;
  if (dice.chance(0.3)) {  // tokens
    const Value ids = builder.input("tokens", {n, s}, ElementType::int64);
    x = builder.gather(builder.weights({dice.spread(200, 30000), d}, 0.02), ids);
    x = builder.layer_norm(builder.add(x, builder.weights({1, s, d}, 0.02)));
  } else if (dice.chance(0.25)) {  // patches
    const auto patch = dice.pick<std::int64_t>({8, 14, 16, 16, 32});
    const std::int64_t side =
        std::max<std::int64_t>(2, static_cast<std::int64_t>(std::sqrt(static_cast<double>(s))));
    const Value pixels = builder.input("image", {n, 3, side * patch, side * patch});
    const Value patches =
        builder.conv(pixels, d, {.kernel = {patch, patch}, .stride = {patch, patch}, .pads = {0, 0, 0, 0}});
    x = builder.transpose(builder.reshape(patches, {n, d, side * side}), {0, 2, 1});
    x = builder.add(x, builder.weights({1, side * side, d}, 0.02));
  } else {
    x = builder.input("embeddings", {n, s, d});
  }
  if (style.masked)
    mask = style.causal ? builder.filled({1, 1, x.dim(1), x.dim(1)}, -1.0)
                        : builder.input("mask", {n, 1, 1, x.dim(1)});
  const std::int64_t depth = dice.between(1, 2);
  for (std::int64_t i = 0; i < depth; ++i) x = block(builder, x, style, mask);
  if (dice.chance(0.3)) x = builder.linear(builder.layer_norm(x), dice.spread(16, 32000));
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior transformer() {
  return {.name = "transformer",
          .summary = "attention and feed-forward blocks over tokens or patches (ViT, BERT, GPT-2)",
          .share = 0.12,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
