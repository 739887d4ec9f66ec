// SPDX-License-Identifier: Apache-2.0
// Howard et al. 2017, table 1; Sandler et al. 2018, table 2.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build_v1(const ZooOptions& options) {
  Builder b("mobilenet_v1");
  Value x = conv_bn_relu(b, image(b, options, 224), 32, square(3, 2));
  struct Step {
    std::int64_t channels, stride;
  };
  for (const Step& step : std::vector<Step>{{64, 1},
                                            {128, 2},
                                            {128, 1},
                                            {256, 2},
                                            {256, 1},
                                            {512, 2},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {512, 1},
                                            {1024, 2},
                                            {1024, 1}}) {
    x = conv_bn_relu(b, x, x.dim(1), square(3, step.stride, x.dim(1)));
    x = conv_bn_relu(b, x, step.channels, square(1));
  }
  return classify(b, x);
}

Value relu6(Builder& b, const Value& x) {
  return b.clip(x, 0, 6);
}

struct Stage {
  std::int64_t expansion, channels, blocks, stride;
};

Value inverted_residual(Builder& b, const Value& x, const Stage& stage) {
  const std::int64_t hidden = x.dim(1) * stage.expansion;
  Value y = x;
  if (stage.expansion != 1) y = relu6(b, conv_bn(b, y, hidden, square(1)));
  y = relu6(b, conv_bn(b, y, hidden, square(3, stage.stride, hidden)));
  if (stage.stride != 1 || x.dim(1) != stage.channels) return conv_bn(b, y, stage.channels, square(1));
  return b.add(x, conv_bn_residual(b, y, stage.channels, square(1)));
}

Network build_v2(const ZooOptions& options) {
  Builder b("mobilenet_v2");
  Value x = relu6(b, conv_bn(b, image(b, options, 224), 32, square(3, 2)));
  int index = 1;
  for (Stage stage : std::vector<Stage>{{1, 16, 1, 1},
                                        {6, 24, 2, 2},
                                        {6, 32, 3, 2},
                                        {6, 64, 4, 2},
                                        {6, 96, 3, 1},
                                        {6, 160, 3, 2},
                                        {6, 320, 1, 1}}) {
    for (std::int64_t i = 0; i < stage.blocks; ++i, stage.stride = 1) {
      b.scope("features." + std::to_string(index++));
      x = inverted_residual(b, x, stage);
    }
  }
  b.scope("features.18");
  return classify(b, relu6(b, conv_bn(b, x, 1280, square(1))));
}

}  // namespace

std::vector<ZooEntry> mobilenet() {
  return {
      {.name = "mobilenet_v1",
       .summary = "MobileNet v1, width 1.0, 224 x 224",
       .source = "Howard et al. 2017, table 4 (569 M mult-adds, 4.2 M parameters), counted by layer",
       .parameters = 4'231'976,
       .macs = 568'740'352,
       .build = build_v1},
      {.name = "mobilenet_v2",
       .summary = "MobileNet v2, width 1.0, 224 x 224",
       .source = "torchvision MobileNet_V2_Weights.IMAGENET1K_V1: num_params, _ops; exact count by fvcore",
       .parameters = 3'504'872,
       .macs = 300'774'272,
       .build = build_v2}};
}

}  // namespace forecost::network::zoo
