// SPDX-License-Identifier: Apache-2.0
// Convolutional networks with transformer parts: large depthwise kernels, layer norm over channels, dense
// layers on channels-last data (ConvNeXt, MLP-Mixer).
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

Value convnext_block(Builder& builder, const Value& x, std::int64_t kernel) {
  const std::int64_t c = x.dim(1), pad = kernel / 2;
  Value y = builder.conv(x, c, {.kernel = {kernel, kernel}, .pads = {pad, pad, pad, pad}, .groups = c});
  y = builder.layer_norm(builder.transpose(y, {0, 2, 3, 1}));
  y = builder.linear(builder.gelu(builder.linear(y, 4 * c)), c);
  y = builder.transpose(y, {0, 3, 1, 2});
  return builder.add(x, builder.mul(builder.weights({c, 1, 1}, 0.1), y));
}

Value mixer_block(Builder& builder, const Value& x) {
  Value y = builder.transpose(builder.layer_norm(x), {0, 2, 1});
  y = builder.linear(builder.gelu(builder.linear(y, x.dim(1) * 2)), x.dim(1));
  const Value mixed = builder.add(x, builder.transpose(y, {0, 2, 1}));
  const Value z =
      builder.linear(builder.gelu(builder.linear(builder.layer_norm(mixed), x.dim(2) * 4)), x.dim(2));
  return builder.add(mixed, z);
}

network::Network draw(Dice& dice) {
  Builder builder("modern");
  const auto batch = dice.pick<std::int64_t>({1, 1, 1, 2, 8});
  Value x;
  if (dice.chance(0.75)) {
    const auto extent = dice.pick<std::int64_t>({56, 56, 48, 28, 28, 24, 14, 14, 14, 7, 7});
    const std::int64_t low = extent > 40 ? 24 : 64;
    const std::int64_t c = dice.channels(low, extent > 40 ? 128 : extent > 20 ? 256 : 768);
    x = builder.input("features", {batch, c, extent, extent});
    const auto kernel = dice.pick<std::int64_t>({5, 7, 7, 7, 9});
    const std::int64_t depth = dice.between(1, 3);
    for (std::int64_t i = 0; i < depth; ++i) x = convnext_block(builder, x, kernel);
    if (dice.chance(0.3)) {
      Value y = builder.transpose(builder.layer_norm(builder.transpose(x, {0, 2, 3, 1})), {0, 3, 1, 2});
      x = builder.conv(y, 2 * c, {.kernel = {2, 2}, .stride = {2, 2}, .pads = {0, 0, 0, 0}});
    }
  } else {
    x = builder.input("tokens", {batch, dice.spread(16, 256), dice.channels(64, 512)});
    const std::int64_t depth = dice.between(1, 3);
    for (std::int64_t i = 0; i < depth; ++i) x = mixer_block(builder, x);
  }
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior modern() {
  return {.name = "modern",
          .summary = "large depthwise kernels with dense layers on channels-last data (ConvNeXt, Mixer)",
          .share = 0.06,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
