// SPDX-License-Identifier: Apache-2.0
// Dosovitskiy et al. 2020; the nodes are those of timm's VisionTransformer, exported with a free batch.
#include <cmath>
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Plan {
  const char* name;
  std::int64_t width, heads;
  std::int64_t depth = 12;
  std::int64_t patch = 16;
};

/// The class token, once per image: Shape, Gather, Concat, Expand.
Value class_tokens(Builder& b, const Value& x, std::int64_t width) {
  const Value token = b.weights({1, 1, width}, 0.02);
  const auto rank = std::ssize(x.shape);
  const Value shape =
      b.node("Shape", {x}, {}, {{.name = {}, .element = ElementType::int64, .shape = {rank}}}).front();
  const Value batch = b.unsqueeze(b.gather(shape, b.integers({0}, {})), 0);
  const Value wanted = b.concat({batch, b.integers({-1}, {1}), b.integers({-1}, {1})}, 0);
  const Value ones = b.node("ConstantOfShape", {b.integers({3}, {1})},
                            {{"value", Tensor{.name = "one",
                                              .element = ElementType::int64,
                                              .dims = {1},
                                              .values = std::vector<std::int64_t>{1},
                                              .stored = {},
                                              .external_file = {},
                                              .fill = {}}}},
                            {{.name = {}, .element = ElementType::int64, .shape = {3}}})
                         .front();
  const Value keeps = b.binary("Equal", wanted, b.integers({-1, -1, -1}, {3}), ElementType::boolean);
  const Value target =
      b.node("Where", {keeps, ones, wanted}, {}, {{.name = {}, .element = ElementType::int64, .shape = {3}}})
          .front();
  return b
      .node("Expand", {token, target}, {},
            {{.name = {}, .element = x.element, .shape = {x.dim(0), 1, width}}})
      .front();
}

Value attention(Builder& b, const Value& x, std::int64_t heads) {
  const std::int64_t width = x.dim(2);
  const std::int64_t depth = width / heads;
  Value qkv = b.reshape(b.linear(x, 3 * width), {x.dim(0), x.dim(1), 3, heads, depth});
  qkv = b.transpose(qkv, {2, 0, 3, 1, 4});
  const Value q =
      b.mul(b.gather(qkv, b.integers({0}, {})), b.scalar(1 / std::sqrt(static_cast<double>(depth))));
  const Value k = b.transpose(b.gather(qkv, b.integers({1}, {})), {0, 1, 3, 2});
  const Value v = b.gather(qkv, b.integers({2}, {}));
  const Value mixed = b.matmul(b.softmax(b.matmul(q, k)), v);
  return b.linear(b.reshape(b.transpose(mixed, {0, 2, 1, 3}), x.shape), width);
}

Network vit_of(const ZooOptions& options, const Plan& plan) {
  Builder b(plan.name);
  const Value input = image(b, options, 224);
  b.scope("patch_embed");
  const ConvOptions patches{
      .kernel = {plan.patch, plan.patch}, .stride = {plan.patch, plan.patch}, .pads = {0, 0, 0, 0}};
  Value x = b.conv(input, plan.width, patches);
  x = b.transpose(b.reshape(x, {x.dim(0), plan.width, -1}), {0, 2, 1});
  x = b.concat({class_tokens(b, x, plan.width), x}, 1);
  x = b.add(x, b.weights({1, x.dim(1), plan.width}, 0.02));
  for (std::int64_t i = 0; i < plan.depth; ++i) {
    b.scope("blocks." + std::to_string(i) + ".attn");
    x = b.add(x, attention(b, b.layer_norm(x, 1e-6), plan.heads));
    b.scope("blocks." + std::to_string(i) + ".mlp");
    x = b.add(x, b.linear(b.gelu(b.linear(b.layer_norm(x, 1e-6), 4 * plan.width)), plan.width));
  }
  b.scope("head");
  x = b.gather(b.layer_norm(x, 1e-6), b.integers({0}, {}), 1);
  b.output(b.linear(x, 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> vit() {
  return {{.name = "vit_b_16",
           .summary = "vision transformer, base, 16 x 16 patches, 224 x 224",
           .source = "torchvision ViT_B_16_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 86'567'656,
           .macs = 17'564'000'000,
           .build =
               [](const ZooOptions& o) {
                 return vit_of(o, {"vit_b_16", 768, 12});
               }},
          {.name = "vit_s_16",
           .summary = "vision transformer, small, 16 x 16 patches, 224 x 224",
           .source =
               "Touvron et al. 2020 (DeiT-S), table 1: 22 M parameters; timm vit_small_patch16_224: 22.05 M, "
               "4.6 G; exact by layer",
           .parameters = 22'050'664,
           .macs = 4'600'000'000,
           .build = [](const ZooOptions& o) {
             return vit_of(o, {"vit_s_16", 384, 6});
           }}};
}

}  // namespace forecost::network::zoo
