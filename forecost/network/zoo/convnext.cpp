// SPDX-License-Identifier: Apache-2.0
// Liu et al. 2022, "A ConvNet for the 2020s", as torchvision has it.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

/// Layer normalisation over the channels of an image.
Value channel_norm(Builder& b, const Value& x) {
  return b.transpose(b.layer_norm(b.transpose(x, {0, 2, 3, 1}), 1e-6), {0, 3, 1, 2});
}

Value block(Builder& b, const Value& x) {
  const std::int64_t width = x.dim(1);
  Value y = b.conv(x, width, {.kernel = {7, 7}, .groups = width});
  y = b.layer_norm(b.transpose(y, {0, 2, 3, 1}), 1e-6);
  y = b.linear(b.gelu(b.linear(y, 4 * width)), width);
  y = b.transpose(y, {0, 3, 1, 2});
  return b.add(b.mul(b.learned({width, 1, 1}, 0.1), y), x);
}

Network build(const ZooOptions& options) {
  Builder b("convnext_tiny");
  struct Stage {
    std::int64_t channels;
    int blocks;
  };
  Value x = image(b, options, 224);
  int index = 0;
  for (const Stage& stage : std::vector<Stage>{{96, 3}, {192, 3}, {384, 9}, {768, 3}}) {
    b.scope("features." + std::to_string(index++));
    if (index == 1) {
      x = channel_norm(b, b.conv(x, 96, {.kernel = {4, 4}, .stride = {4, 4}, .pads = {0, 0, 0, 0}}));
    } else {
      x = b.conv(channel_norm(b, x), stage.channels,
                 {.kernel = {2, 2}, .stride = {2, 2}, .pads = {0, 0, 0, 0}});
    }
    for (int i = 0; i < stage.blocks; ++i) {
      b.scope("features." + std::to_string(index) + "." + std::to_string(i));
      x = block(b, x);
    }
    ++index;
  }
  b.scope("head");
  x = channel_norm(b, b.global_average_pool(x));
  b.output(b.linear(b.flatten(x), 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> convnext() {
  return {{.name = "convnext_tiny",
           .summary = "ConvNeXt-Tiny, 224 x 224",
           .source = "torchvision ConvNeXt_Tiny_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 28'589'128,
           .macs = 4'456'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
