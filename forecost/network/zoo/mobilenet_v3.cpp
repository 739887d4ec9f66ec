// SPDX-License-Identifier: Apache-2.0
// Howard et al. 2019, tables 1 and 2.
#include <algorithm>
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Stage {
  std::int64_t kernel, expanded, channels;
  bool squeezes;
  Activation activation;
  std::int64_t stride;
};

struct Plan {
  const char* name;
  std::vector<Stage> stages;
  std::int64_t last, classifier;
};

/// torchvision's rounding of channels to a multiple of 8, never more than a tenth below.
std::int64_t rounded(std::int64_t channels) {
  const std::int64_t near = std::max<std::int64_t>(8, (channels + 4) / 8 * 8);
  return 10 * near < 9 * channels ? near + 8 : near;
}

Value norm(Builder& b, const Value& x) {
  return b.batch_norm(x, {.epsilon = 1e-3});
}

Value inverted_residual(Builder& b, const Value& x, const Stage& stage) {
  Value y = x;
  if (stage.expanded != x.dim(1)) y = (b.*stage.activation)(norm(b, b.conv(y, stage.expanded, square(1))));
  const ConvOptions depthwise = square(stage.kernel, stage.stride, stage.expanded);
  y = (b.*stage.activation)(norm(b, b.conv(y, stage.expanded, depthwise)));
  if (stage.squeezes)
    y = squeeze_excite(b, y, rounded(stage.expanded / 4), {&Builder::relu, &Builder::hard_sigmoid});
  y = norm(b, b.conv(y, stage.channels, square(1)));
  return stage.stride == 1 && x.dim(1) == stage.channels ? b.add(y, x) : y;
}

Network mobilenet_of(const ZooOptions& options, const Plan& plan) {
  Builder b(plan.name);
  Value x = b.hard_swish(norm(b, b.conv(image(b, options, 224), 16, square(3, 2))));
  int index = 1;
  for (const Stage& stage : plan.stages) {
    b.scope("features." + std::to_string(index++));
    x = inverted_residual(b, x, stage);
  }
  b.scope("features." + std::to_string(index));
  x = b.hard_swish(norm(b, b.conv(x, plan.last, square(1))));
  b.scope("classifier");
  x = b.hard_swish(b.linear(b.flatten(b.global_average_pool(x)), plan.classifier));
  b.output(b.linear(x, 1000), "output");
  return b.finish();
}

constexpr Activation relu = &Builder::relu;
constexpr Activation hard_swish = &Builder::hard_swish;

Network build_small(const ZooOptions& options) {
  return mobilenet_of(options, {"mobilenet_v3_small",
                                {{3, 16, 16, true, relu, 2},
                                 {3, 72, 24, false, relu, 2},
                                 {3, 88, 24, false, relu, 1},
                                 {5, 96, 40, true, hard_swish, 2},
                                 {5, 240, 40, true, hard_swish, 1},
                                 {5, 240, 40, true, hard_swish, 1},
                                 {5, 120, 48, true, hard_swish, 1},
                                 {5, 144, 48, true, hard_swish, 1},
                                 {5, 288, 96, true, hard_swish, 2},
                                 {5, 576, 96, true, hard_swish, 1},
                                 {5, 576, 96, true, hard_swish, 1}},
                                576,
                                1024});
}

Network build_large(const ZooOptions& options) {
  return mobilenet_of(options, {"mobilenet_v3_large",
                                {{3, 16, 16, false, relu, 1},
                                 {3, 64, 24, false, relu, 2},
                                 {3, 72, 24, false, relu, 1},
                                 {5, 72, 40, true, relu, 2},
                                 {5, 120, 40, true, relu, 1},
                                 {5, 120, 40, true, relu, 1},
                                 {3, 240, 80, false, hard_swish, 2},
                                 {3, 200, 80, false, hard_swish, 1},
                                 {3, 184, 80, false, hard_swish, 1},
                                 {3, 184, 80, false, hard_swish, 1},
                                 {3, 480, 112, true, hard_swish, 1},
                                 {3, 672, 112, true, hard_swish, 1},
                                 {5, 672, 160, true, hard_swish, 2},
                                 {5, 960, 160, true, hard_swish, 1},
                                 {5, 960, 160, true, hard_swish, 1}},
                                960,
                                1280});
}

}  // namespace

std::vector<ZooEntry> mobilenet_v3() {
  return {{.name = "mobilenet_v3_small",
           .summary = "MobileNet v3 small, 224 x 224",
           .source = "torchvision MobileNet_V3_Small_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 2'542'856,
           .macs = 57'000'000,
           .build = build_small},
          {.name = "mobilenet_v3_large",
           .summary = "MobileNet v3 large, 224 x 224",
           .source = "torchvision MobileNet_V3_Large_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 5'483'032,
           .macs = 217'000'000,
           .build = build_large}};
}

}  // namespace forecost::network::zoo
