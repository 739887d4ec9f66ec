// SPDX-License-Identifier: Apache-2.0
// Networks for digits and icons in the manner of LeNet: a few narrow convolutions on 16 to 48 pixels, pools,
// small dense layers. A run takes microseconds, so that every kernel's fixed cost shows.
#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

network::Network draw(Dice& dice) {
  Builder builder("small");
  Value x = image(builder, dice, dice.pick<std::int64_t>({1, 1, 3, 3, 4, 8}),
                  dice.pick<std::int64_t>({16, 20, 24, 28, 28, 32, 32, 40, 48}));
  const auto activation = dice.pick<std::string>({"relu", "relu", "relu", "tanh", "tanh", "sigmoid"});
  const auto kernel = dice.pick<std::int64_t>({3, 3, 5, 5});
  const std::int64_t pad = dice.chance(0.5) ? kernel / 2 : 0;
  const bool average = dice.chance(0.4);
  const std::int64_t depth = dice.between(1, 4);
  for (std::int64_t i = 0; i < depth && x.dim(2) + 2 * pad >= kernel; ++i) {
    const std::int64_t out = dice.chance(0.5) ? dice.spread(4, 64) : dice.channels(8, 128);
    x = activate(builder, builder.conv(x, out, {.kernel = {kernel, kernel}, .pads = {pad, pad, pad, pad}}),
                 activation);
    if (!dice.chance(0.6) || x.dim(2) < 4) continue;
    x = average ? builder.average_pool(x, {.kernel = {2, 2}, .stride = {2, 2}})
                : builder.max_pool(x, {.kernel = {2, 2}, .stride = {2, 2}});
  }
  x = builder.flatten(x);
  const std::int64_t layers = dice.between(1, 3);
  for (std::int64_t i = 0; i < layers; ++i) {
    x = builder.linear(x, i + 1 < layers ? dice.spread(16, 512) : dice.spread(4, 100));
    if (i + 1 < layers) x = activate(builder, x, activation);
  }
  if (dice.chance(0.3)) x = builder.softmax(x);
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior small() {
  return {.name = "small",
          .summary = "narrow convolutions and dense layers on 16 to 48 pixels (LeNet)",
          .share = 0.06,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
