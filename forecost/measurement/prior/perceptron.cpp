// SPDX-License-Identifier: Apache-2.0
// Stacks of dense layers, from a few neurons to the heads of AlexNet and VGG.
#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

network::Network draw(Dice& dice) {
  Builder builder("perceptron");
  const bool head = dice.chance(0.2);
  Value x = builder.input("features", {dice.pick<std::int64_t>({1, 1, 1, 2, 4, 8, 8, 8, 16, 64}),
                                       head ? dice.spread(4096, 25088) : dice.spread(8, 16384)});
  const auto activation = dice.pick<std::string>({"relu", "relu", "tanh", "sigmoid", "gelu"});
  const std::int64_t depth = dice.between(1, 4);
  for (std::int64_t i = 0; i < depth; ++i) {
    x = builder.linear(x, head ? dice.spread(1000, 4096) : dice.spread(8, x.dim(1) > 8192 ? 2048 : 6144));
    if (i + 1 < depth) x = activation == "gelu" ? builder.gelu(x) : activate(builder, x, activation);
  }
  if (dice.chance(0.4)) x = builder.softmax(x);
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior perceptron() {
  return {.name = "perceptron", .summary = "stacks of dense layers", .share = 0.05, .draw = draw};
}

}  // namespace forecost::measurement::prior
