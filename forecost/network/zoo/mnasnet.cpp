// SPDX-License-Identifier: Apache-2.0
// Tan et al. 2018, figure 7, as torchvision has it.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Stage {
  std::int64_t kernel, stride, expansion, channels, blocks;
};

Value inverted_residual(Builder& b, const Value& x, const Stage& stage) {
  const std::int64_t hidden = x.dim(1) * stage.expansion;
  Value y = conv_bn_relu(b, x, hidden, square(1));
  y = conv_bn_relu(b, y, hidden, square(stage.kernel, stage.stride, hidden));
  if (stage.stride != 1 || x.dim(1) != stage.channels) return conv_bn(b, y, stage.channels, square(1));
  return b.add(conv_bn_residual(b, y, stage.channels, square(1)), x);
}

Network build(const ZooOptions& options) {
  Builder b("mnasnet1_0");
  Value x = conv_bn_relu(b, image(b, options, 224), 32, square(3, 2));
  x = conv_bn_relu(b, x, 32, square(3, 1, 32));
  x = conv_bn(b, x, 16, square(1));
  int index = 8;
  for (Stage stage : std::vector<Stage>{{3, 2, 3, 24, 3},
                                        {5, 2, 3, 40, 3},
                                        {5, 2, 6, 80, 3},
                                        {3, 1, 6, 96, 2},
                                        {5, 2, 6, 192, 4},
                                        {3, 1, 6, 320, 1}}) {
    for (std::int64_t i = 0; i < stage.blocks; ++i, stage.stride = 1) {
      b.scope("layers." + std::to_string(index) + "." + std::to_string(i));
      x = inverted_residual(b, x, stage);
    }
    ++index;
  }
  b.scope("head");
  x = conv_bn_relu(b, x, 1280, square(1));
  b.output(b.linear(b.reduce_mean(x, {2, 3}, false), 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> mnasnet() {
  return {{.name = "mnasnet1_0",
           .summary = "MnasNet, width 1.0, 224 x 224",
           .source = "torchvision MNASNet1_0_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 4'383'312,
           .macs = 314'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
