// SPDX-License-Identifier: Apache-2.0
// Straight convolutional networks in the manner of LeNet, AlexNet, VGG, NiN and OverFeat, with wide dense
// heads.
#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

network::Network draw(Dice& dice) {
  Builder builder("plain");
  const bool stem = dice.chance(0.5);
  std::int64_t extent =
      stem ? dice.pick<std::int64_t>({28, 32, 64, 96, 128, 160, 224, 224, 231, 256}) : draw_extent(dice);
  const std::string activation = dice.chance(0.8) ? "relu" : draw_activation(dice);
  Value x = image(builder, dice, stem ? dice.pick<std::int64_t>({1, 3, 3, 3, 3}) : draw_width(dice, extent),
                  extent);
  if (stem) {
    const auto kernel = dice.pick<std::int64_t>({3, 3, 5, 7, 7, 11});
    const std::int64_t stride = extent < 64 ? 1 : kernel == 11 ? 4 : dice.pick<std::int64_t>({1, 2, 2});
    x = activate(
        builder,
        builder.conv(x, dice.channels(6, 96), {.kernel = {kernel, kernel}, .stride = {stride, stride}}),
        activation);
    if (dice.chance(0.15)) x = builder.lrn(x, 5, 1e-4, 0.75, 1);
    if (dice.chance(0.6)) x = builder.max_pool(x, {.kernel = {3, 3}, .stride = {2, 2}});
  }
  const std::int64_t depth = dice.between(1, 5);
  for (std::int64_t i = 0; i < depth && x.dim(2) >= 3; ++i) {
    const auto kernel = dice.pick<std::int64_t>({1, 3, 3, 3, 3, 3, 5});
    const auto pad = dice.chance(0.9) ? kernel / 2 : 0;
    x = activate(builder,
                 builder.conv(x, draw_width(dice, x.dim(2)),
                              {.kernel = {kernel, kernel}, .pads = {pad, pad, pad, pad}, .groups = 1}),
                 activation);
    if (dice.chance(0.1)) x = builder.lrn(x, 5, 1e-4, 0.75, 1);
    if (dice.chance(0.4) && x.dim(2) >= 6) {
      const auto window = dice.pick<std::int64_t>({2, 2, 3});
      x = dice.chance(0.8) ? builder.max_pool(x, {.kernel = {window, window}, .stride = {2, 2}})
                           : builder.average_pool(x, {.kernel = {window, window}, .stride = {2, 2}});
    }
  }
  if (dice.chance(0.5)) {
    if (x.dim(2) > 7) {
      const std::int64_t window = x.dim(2) / dice.between(4, 7);
      if (window > 1) x = builder.max_pool(x, {.kernel = {window, window}, .stride = {window, window}});
    }
    x = builder.flatten(x);
    const std::int64_t layers = dice.between(1, 3);
    for (std::int64_t i = 0; i < layers; ++i) {
      x = builder.linear(x, dice.spread(64, 4608));
      if (i + 1 < layers) x = activate(builder, x, activation);
    }
    if (dice.chance(0.3)) x = builder.softmax(x);
  } else if (dice.chance(0.6)) {
    x = classify(builder, dice, x);
  }
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior plain() {
  return {.name = "plain",
          .summary = "straight convolutions, pools and wide dense layers (AlexNet, VGG, NiN)",
          .share = 0.14,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
