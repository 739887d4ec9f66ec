// SPDX-License-Identifier: Apache-2.0
// Tan, Le 2019, table 1.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Stage {
  std::int64_t expansion, kernel, stride, channels, blocks;
};

Value mbconv(Builder& b, const Value& x, const Stage& stage) {
  const std::int64_t hidden = x.dim(1) * stage.expansion;
  Value y = x;
  if (stage.expansion != 1) y = b.silu(conv_bn(b, y, hidden, square(1)));
  y = b.silu(conv_bn(b, y, hidden, square(stage.kernel, stage.stride, hidden)));
  y = squeeze_excite(b, y, x.dim(1) / 4, {&Builder::silu, &Builder::sigmoid});
  y = conv_bn(b, y, stage.channels, square(1));
  return stage.stride == 1 && x.dim(1) == stage.channels ? b.add(y, x) : y;
}

Network build(const ZooOptions& options) {
  Builder b("efficientnet_b0");
  Value x = b.silu(conv_bn(b, image(b, options, 224), 32, square(3, 2)));
  int index = 1;
  for (Stage stage : std::vector<Stage>{{1, 3, 1, 16, 1},
                                        {6, 3, 2, 24, 2},
                                        {6, 5, 2, 40, 2},
                                        {6, 3, 2, 80, 3},
                                        {6, 5, 1, 112, 3},
                                        {6, 5, 2, 192, 4},
                                        {6, 3, 1, 320, 1}}) {
    for (std::int64_t i = 0; i < stage.blocks; ++i, stage.stride = 1) {
      b.scope("features." + std::to_string(index) + "." + std::to_string(i));
      x = mbconv(b, x, stage);
    }
    ++index;
  }
  b.scope("features.8");
  return classify(b, b.silu(conv_bn(b, x, 1280, square(1))));
}

}  // namespace

std::vector<ZooEntry> efficientnet() {
  return {{.name = "efficientnet_b0",
           .summary = "EfficientNet-B0, 224 x 224",
           .source = "torchvision EfficientNet_B0_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 5'288'548,
           .macs = 386'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
