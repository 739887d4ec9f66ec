// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/blocks.h"

#include <algorithm>

namespace forecost::measurement::blocks {

Value activate(Builder& builder, const Value& x, const std::string& kind) {
  if (kind == "relu") return builder.relu(x);
  if (kind == "relu6") return builder.clip(x, 0, 6);
  if (kind == "hard_swish") return builder.hard_swish(x);
  if (kind == "silu") return builder.silu(x);
  if (kind == "sigmoid") return builder.sigmoid(x);
  if (kind == "leaky") return builder.same("LeakyRelu", {x}, {{"alpha", 0.1}});
  if (kind == "tanh") return builder.same("Tanh", {x});
  return x;
}

std::string draw_activation(Dice& dice) {
  return dice.pick<std::string>({"relu", "relu", "relu", "relu", "relu6", "relu6", "hard_swish", "silu",
                                 "silu", "leaky", "sigmoid", "none"});
}

std::int64_t draw_extent(Dice& dice) {
  if (dice.chance(0.25)) return dice.spread(5, 128);
  return dice.pick<std::int64_t>(
      {112, 64, 56, 56, 48, 32, 28, 28, 28, 20, 16, 14, 14, 14, 14, 10, 8, 7, 7, 7});
}

std::int64_t draw_width(Dice& dice, std::int64_t extent) {
  if (extent > 80) return dice.channels(8, 80);
  if (extent > 40) return dice.channels(16, 256);
  if (extent > 20) return dice.channels(24, 512);
  if (extent > 10) return dice.channels(40, 1024);
  return dice.channels(64, 2048);
}

Value image(Builder& builder, Dice& dice, std::int64_t channels, std::int64_t extent) {
  return builder.input("image", {dice.batch(), channels, extent, extent});
}

Value conv_bn(Builder& builder, const Value& x, const ConvStep& step, const std::string& activation) {
  const std::int64_t pad = step.kernel / 2;
  const Value convolved = builder.conv(x, step.out,
                                       {.kernel = {step.kernel, step.kernel},
                                        .stride = {step.stride, step.stride},
                                        .pads = {pad, pad, pad, pad},
                                        .groups = step.groups,
                                        .bias = false});
  return activate(builder, builder.batch_norm(convolved), activation);
}

Value squeeze_excite(Builder& builder, const Value& x, std::int64_t squeezed, const std::string& gate) {
  const Value pooled = builder.global_average_pool(x);
  const Value reduced = activate(builder, builder.conv(pooled, std::max<std::int64_t>(4, squeezed)),
                                 gate == "sigmoid" ? "silu" : "relu");
  const Value expanded = builder.conv(reduced, x.dim(1));
  return builder.mul(x, gate == "sigmoid" ? builder.sigmoid(expanded) : builder.hard_sigmoid(expanded));
}

Value classify(Builder& builder, Dice& dice, const Value& x) {
  return builder.linear(builder.flatten(builder.global_average_pool(x)),
                        dice.pick<std::int64_t>({10, 100, 1000, 1000, 1000}));
}

}  // namespace forecost::measurement::blocks
