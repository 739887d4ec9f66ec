// SPDX-License-Identifier: Apache-2.0
// Networks of depthwise convolutions: separable blocks, inverted residuals, channel shuffles
// (MobileNet v1-v3, MnasNet, EfficientNet, ShuffleNet).
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

struct Style {
  std::string activation;
  std::string gate;
  bool excite = false;
};

Value inverted(Builder& builder, Dice& dice, const Value& x, const Style& style) {
  const auto kernel = dice.pick<std::int64_t>({3, 3, 3, 5, 5, 7});
  const std::int64_t stride = x.dim(2) > 7 && dice.chance(0.3) ? 2 : 1;
  const std::int64_t in = x.dim(1);
  const auto ratio = dice.pick<double>({1, 2, 2.5, 3, 4, 6, 6, 6});
  const std::int64_t middle =
      std::max<std::int64_t>(8, static_cast<std::int64_t>(static_cast<double>(in) * ratio) / 8 * 8);
  const std::int64_t out =
      dice.chance(0.5) && stride == 1 ? in : dice.channels(std::max<std::int64_t>(8, in / 2), in * 2);
  Value y = ratio > 1 ? conv_bn(builder, x, {.out = middle, .kernel = 1}, style.activation) : x;
  y = conv_bn(builder, y, {.out = y.dim(1), .kernel = kernel, .stride = stride, .groups = y.dim(1)},
              style.activation);
  if (style.excite && dice.chance(0.7))
    y = squeeze_excite(builder, y, y.dim(1) / dice.pick<std::int64_t>({4, 4, 16, 24}), style.gate);
  y = conv_bn(builder, y, {.out = out, .kernel = 1}, "none");
  return out == in && stride == 1 ? builder.add(x, y) : y;
}

Value shuffle(Builder& builder, const Value& x, std::int64_t groups) {
  const std::int64_t n = x.dim(0), c = x.dim(1), h = x.dim(2), w = x.dim(3);
  const Value split = builder.reshape(x, {n, groups, c / groups, h, w});
  return builder.reshape(builder.transpose(split, {0, 2, 1, 3, 4}), {n, c, h, w});
}

/// ShuffleNet v2 unit: half of the channels pass by.
Value shuffle_unit(Builder& builder, const Value& x, const std::string& activation) {
  const std::int64_t half = x.dim(1) / 2;
  const auto halves = builder.split(x, 1, {half, half});
  Value y = conv_bn(builder, halves[1], {.out = half, .kernel = 1}, activation);
  y = conv_bn(builder, y, {.out = half, .kernel = 3, .groups = half}, "none");
  y = conv_bn(builder, y, {.out = half, .kernel = 1}, activation);
  return shuffle(builder, builder.concat({halves[0], y}, 1), 2);
}

network::Network draw(Dice& dice) {
  Builder builder("mobile");
  const bool stem = dice.chance(0.3);
  const std::int64_t extent =
      stem ? dice.pick<std::int64_t>({96, 128, 160, 192, 224, 224, 224, 240}) : draw_extent(dice);
  const std::int64_t width = std::min<std::int64_t>(draw_width(dice, extent), 320);
  Value x = image(builder, dice, stem ? 3 : std::max<std::int64_t>(8, width), extent);
  Style style{.activation = dice.pick<std::string>({"relu", "relu6", "relu6", "hard_swish", "silu"})};
  style.excite = dice.chance(0.4);
  style.gate = style.activation == "silu" ? "sigmoid" : "hard_sigmoid";
  if (stem)
    x = conv_bn(builder, x, {.out = dice.channels(16, 48), .kernel = 3, .stride = 2}, style.activation);
  const double kind = dice.uniform();
  const std::int64_t depth = dice.between(2, 6);
  for (std::int64_t i = 0; i < depth; ++i) {
    if (kind < 0.2) {  // MobileNet v1
      const std::int64_t stride = x.dim(2) > 7 && dice.chance(0.3) ? 2 : 1;
      x = conv_bn(builder, x, {.out = x.dim(1), .kernel = 3, .stride = stride, .groups = x.dim(1)},
                  style.activation);
      x = conv_bn(builder, x,
                  {.out = dice.channels(x.dim(1), std::min<std::int64_t>(x.dim(1) * 2, 1280)), .kernel = 1},
                  style.activation);
    } else if (kind < 0.35) {
      if (x.dim(1) % 2 != 0) x = conv_bn(builder, x, {.out = x.dim(1) + 1, .kernel = 1}, style.activation);
      x = shuffle_unit(builder, x, "relu");
    } else {
      x = inverted(builder, dice, x, style);
    }
  }
  if (dice.chance(0.35)) {
    x = conv_bn(builder, x, {.out = dice.channels(320, 1536), .kernel = 1}, style.activation);
    x = classify(builder, dice, x);
  }
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior mobile() {
  return {.name = "mobile",
          .summary = "depthwise separable blocks, inverted residuals, shuffles (MobileNet, EfficientNet)",
          .share = 0.17,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
