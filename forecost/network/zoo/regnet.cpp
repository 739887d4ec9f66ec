// SPDX-License-Identifier: Apache-2.0
// Radosavovic et al. 2020, the 400 MF model of the RegNetY space.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

constexpr std::int64_t group_width = 8;

Value block(Builder& b, const Value& x, std::int64_t channels, std::int64_t stride) {
  const bool changes = stride != 1 || x.dim(1) != channels;
  const Value side = changes ? conv_bn(b, x, channels, square(1, stride)) : x;
  Value y = conv_bn_relu(b, x, channels, square(1));
  y = conv_bn_relu(b, y, channels, square(3, stride, channels / group_width));
  y = squeeze_excite(b, y, x.dim(1) / 4, {&Builder::relu, &Builder::sigmoid});
  return b.relu(b.add(side, conv_bn_residual(b, y, channels, square(1))));
}

Network build(const ZooOptions& options) {
  Builder b("regnet_y_400mf");
  Value x = conv_bn_relu(b, image(b, options, 224), 32, square(3, 2));
  struct Stage {
    std::int64_t channels;
    int blocks;
  };
  int index = 1;
  for (const Stage& stage : std::vector<Stage>{{48, 1}, {104, 3}, {208, 6}, {440, 6}}) {
    for (int i = 0; i < stage.blocks; ++i) {
      b.scope("block" + std::to_string(index) + "." + std::to_string(i));
      x = block(b, x, stage.channels, i == 0 ? 2 : 1);
    }
    ++index;
  }
  return classify(b, x);
}

}  // namespace

std::vector<ZooEntry> regnet() {
  return {{.name = "regnet_y_400mf",
           .summary = "RegNetY-400MF, 224 x 224",
           .source = "torchvision RegNet_Y_400MF_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 4'344'144,
           .macs = 402'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
