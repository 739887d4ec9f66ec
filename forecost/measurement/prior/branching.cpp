// SPDX-License-Identifier: Apache-2.0
// Networks that branch and concatenate: inception modules, dense blocks, fire modules
// (GoogLeNet, Inception-v3, DenseNet, SqueezeNet).
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

Value strip(Builder& builder, const Value& x, std::int64_t out, std::int64_t length) {
  const std::int64_t pad = length / 2;
  Value y = builder.conv(x, out, {.kernel = {1, length}, .pads = {0, pad, 0, pad}, .bias = false});
  y = builder.relu(builder.batch_norm(y));
  y = builder.conv(y, out, {.kernel = {length, 1}, .pads = {pad, 0, pad, 0}, .bias = false});
  return builder.relu(builder.batch_norm(y));
}

Value inception(Builder& builder, Dice& dice, const Value& x) {
  std::vector<Value> parts;
  parts.push_back(conv_bn(builder, x, {.out = dice.channels(16, 320), .kernel = 1}, "relu"));
  Value middle = conv_bn(builder, x, {.out = dice.channels(16, 192), .kernel = 1}, "relu");
  parts.push_back(dice.chance(0.3)
                      ? strip(builder, middle, dice.channels(32, 192), dice.pick<std::int64_t>({3, 7, 7}))
                      : conv_bn(builder, middle, {.out = dice.channels(32, 320), .kernel = 3}, "relu"));
  Value narrow = conv_bn(builder, x, {.out = dice.channels(16, 64), .kernel = 1}, "relu");
  parts.push_back(conv_bn(builder, narrow,
                          {.out = dice.channels(16, 128), .kernel = dice.pick<std::int64_t>({3, 5, 5})},
                          "relu"));
  const network::PoolOptions window{.kernel = {3, 3}, .stride = {1, 1}, .pads = {1, 1, 1, 1}};
  const Value pooled = dice.chance(0.5) ? builder.max_pool(x, window) : builder.average_pool(x, window);
  parts.push_back(conv_bn(builder, pooled, {.out = dice.channels(16, 192), .kernel = 1}, "relu"));
  return builder.concat(parts, 1);
}

/// Batch normalisation before an activation; `scaled` as Caffe's converters write it, with factors and shifts
/// of its own.
Value normalised(Builder& builder, const Value& x, bool scaled) {
  Value y = builder.batch_norm(x);
  if (scaled) {
    y = builder.mul(y, builder.weights({x.dim(1), 1, 1}, 1));
    y = builder.add(y, builder.weights({x.dim(1), 1, 1}, 1));
  }
  return builder.relu(y);
}

Value dense_layer(Builder& builder, const Value& x, std::int64_t growth, bool scaled) {
  Value y = normalised(builder, x, scaled);
  y = builder.conv(y, growth * 4, {.kernel = {1, 1}, .bias = false});
  y = normalised(builder, y, scaled);
  y = builder.conv(y, growth, {.kernel = {3, 3}, .bias = false});
  return builder.concat({x, y}, 1);
}

Value fire(Builder& builder, Dice& dice, const Value& x) {
  const Value squeezed = builder.relu(builder.conv(x, dice.channels(16, 96)));
  const std::int64_t out = dice.channels(32, 384);
  return builder.concat({builder.relu(builder.conv(squeezed, out)),
                         builder.relu(builder.conv(squeezed, out, {.kernel = {3, 3}}))},
                        1);
}

network::Network draw(Dice& dice) {
  Builder builder("branching");
  const std::int64_t extent = std::min<std::int64_t>(draw_extent(dice), 64);
  Value x = image(builder, dice, std::min<std::int64_t>(draw_width(dice, extent), 768), extent);
  const double kind = dice.uniform();
  if (kind < 0.4) {
    const std::int64_t depth = dice.between(1, 2);
    for (std::int64_t i = 0; i < depth; ++i) x = inception(builder, dice, x);
  } else if (kind < 0.8) {
    const auto growth = dice.pick<std::int64_t>({12, 16, 24, 32, 32, 32, 48});
    const std::int64_t depth = dice.between(2, 6);
    const bool scaled = dice.chance(0.3);
    for (std::int64_t i = 0; i < depth; ++i) x = dense_layer(builder, x, growth, scaled);
    if (dice.chance(0.5) && x.dim(2) >= 4) {
      x = builder.conv(builder.relu(builder.batch_norm(x)), x.dim(1) / 2, {.kernel = {1, 1}, .bias = false});
      x = builder.average_pool(x, {.kernel = {2, 2}, .stride = {2, 2}});
    }
  } else {
    const std::int64_t depth = dice.between(1, 4);
    for (std::int64_t i = 0; i < depth; ++i) {
      x = fire(builder, dice, x);
      if (dice.chance(0.3) && x.dim(2) >= 6)
        x = builder.max_pool(x, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true});
    }
  }
  if (dice.chance(0.4)) x = classify(builder, dice, x);
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior branching() {
  return {.name = "branching",
          .summary = "inception modules, dense blocks, fire modules (GoogLeNet, DenseNet)",
          .share = 0.13,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
