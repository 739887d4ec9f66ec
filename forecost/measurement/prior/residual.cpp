// SPDX-License-Identifier: Apache-2.0
// Residual networks: basic and bottleneck blocks, grouped and wide, with and without squeeze-and-excitation
// (ResNet, ResNeXt, WideResNet, RegNet).
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

Value basic(Builder& builder, const Value& x, std::int64_t out, std::int64_t stride) {
  Value y = conv_bn(builder, x, {.out = out, .kernel = 3, .stride = stride}, "relu");
  y = conv_bn(builder, y, {.out = out, .kernel = 3}, "none");
  const Value side = stride != 1 || x.dim(1) != out
                         ? conv_bn(builder, x, {.out = out, .kernel = 1, .stride = stride}, "none")
                         : x;
  return builder.relu(builder.add(y, side));
}

struct Bottleneck {
  std::int64_t middle = 64, out = 256, stride = 1, groups = 1;
  bool excite = false;
};

Value bottleneck(Builder& builder, const Value& x, const Bottleneck& block) {
  Value y = conv_bn(builder, x, {.out = block.middle, .kernel = 1}, "relu");
  y = conv_bn(builder, y, {.out = block.middle, .kernel = 3, .stride = block.stride, .groups = block.groups},
              "relu");
  if (block.excite) y = squeeze_excite(builder, y, x.dim(1) / 4, "sigmoid");
  y = conv_bn(builder, y, {.out = block.out, .kernel = 1}, "none");
  const Value side =
      block.stride != 1 || x.dim(1) != block.out
          ? conv_bn(builder, x, {.out = block.out, .kernel = 1, .stride = block.stride}, "none")
          : x;
  return builder.relu(builder.add(y, side));
}

network::Network draw(Dice& dice) {
  Builder builder("residual");
  const bool stem = dice.chance(0.3);
  const std::int64_t extent =
      stem ? dice.pick<std::int64_t>({96, 128, 160, 192, 224, 224, 224}) : draw_extent(dice);
  Value x =
      image(builder, dice, stem ? 3 : std::max<std::int64_t>(16, draw_width(dice, extent) / 16 * 16), extent);
  if (stem) {
    x = conv_bn(builder, x,
                {.out = dice.channels(16, 64), .kernel = dice.pick<std::int64_t>({3, 7, 7}), .stride = 2},
                "relu");
    if (dice.chance(0.8)) x = builder.max_pool(x, {.kernel = {3, 3}, .stride = {2, 2}, .pads = {1, 1, 1, 1}});
  }
  const bool basic_blocks = dice.chance(0.4);
  const auto expansion = dice.pick<std::int64_t>({1, 2, 4, 4, 4});
  const bool grouped = !basic_blocks && dice.chance(0.4);
  const bool excite = !basic_blocks && dice.chance(0.25);
  const std::int64_t depth = dice.between(1, 5);
  for (std::int64_t i = 0; i < depth; ++i) {
    const std::int64_t stride = x.dim(2) > 8 && (i == 0 ? dice.chance(0.3) : dice.chance(0.35)) ? 2 : 1;
    const std::int64_t widen = stride == 2 && dice.chance(0.8) ? 2 : 1;
    if (basic_blocks) {
      x = basic(builder, x, std::clamp<std::int64_t>(x.dim(1) * widen, 16, 640), stride);
      continue;
    }
    const std::int64_t out =
        i == 0 ? std::clamp<std::int64_t>(draw_width(dice, x.dim(2) / stride) / 16 * 16, 32, 2048)
               : std::min<std::int64_t>(x.dim(1) * widen, 2048);
    Bottleneck block{.out = out, .stride = stride, .excite = excite};
    block.middle = std::max<std::int64_t>(16, out / expansion);
    if (grouped) {
      const auto width = dice.pick<std::int64_t>({4, 8, 8, 16, 16, 24, 32, 48, 64});
      block.middle = std::max(width, block.middle / width * width);
      block.groups = block.middle / width;
    }
    x = bottleneck(builder, x, block);
  }
  if (dice.chance(0.4)) x = classify(builder, dice, x);
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior residual() {
  return {.name = "residual",
          .summary = "basic, bottleneck and grouped residual blocks (ResNet, ResNeXt, RegNet)",
          .share = 0.17,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
