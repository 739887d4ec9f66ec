// SPDX-License-Identifier: Apache-2.0
// Ma et al. 2018, table 5.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Value depthwise(Builder& b, const Value& x, std::int64_t stride) {
  return conv_bn(b, x, x.dim(1), square(3, stride, x.dim(1)));
}

/// Interleaves the channels of the two halves.
Value shuffled(Builder& b, const Value& x) {
  const Shape shape = x.shape;
  Value y = b.reshape(x, {shape[0], 2, shape[1] / 2, shape[2], shape[3]});
  y = b.transpose(y, {0, 2, 1, 3, 4});
  return b.reshape(y, shape);
}

Value main_branch(Builder& b, const Value& x, std::int64_t channels, std::int64_t stride) {
  const Value y = conv_bn_relu(b, x, channels, square(1));
  return conv_bn_relu(b, depthwise(b, y, stride), channels, square(1));
}

Value unit(Builder& b, const Value& x) {
  const std::int64_t half = x.dim(1) / 2;
  const std::vector<Value> parts = b.split(x, 1, {half, half});
  return shuffled(b, b.concat({parts[0], main_branch(b, parts[1], half, 1)}, 1));
}

Value shrinking_unit(Builder& b, const Value& x, std::int64_t channels) {
  const Value side = conv_bn_relu(b, depthwise(b, x, 2), channels / 2, square(1));
  return shuffled(b, b.concat({side, main_branch(b, x, channels / 2, 2)}, 1));
}

Network build(const ZooOptions& options) {
  Builder b("shufflenet_v2_x1_0");
  Value x = conv_bn_relu(b, image(b, options, 224), 24, square(3, 2));
  x = b.max_pool(x, pool(3, 2, 1));
  struct Stage {
    std::int64_t channels;
    int units;
  };
  int index = 2;
  for (const Stage& stage : std::vector<Stage>{{116, 4}, {232, 8}, {464, 4}}) {
    for (int i = 0; i < stage.units; ++i) {
      b.scope("stage" + std::to_string(index) + "." + std::to_string(i));
      x = i == 0 ? shrinking_unit(b, x, stage.channels) : unit(b, x);
    }
    ++index;
  }
  b.scope("head");
  x = conv_bn_relu(b, x, 1024, square(1));
  b.output(b.linear(b.reduce_mean(x, {2, 3}, false), 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> shufflenet() {
  return {{.name = "shufflenet_v2_x1_0",
           .summary = "ShuffleNet v2, width 1.0, 224 x 224",
           .source = "torchvision ShuffleNet_V2_X1_0_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 2'278'604,
           .macs = 145'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
