// SPDX-License-Identifier: Apache-2.0
// Networks whose output is a map: encoder-decoders with transposed convolutions or resizing, and detectors
// with feature pyramids (U-Net, YOLO).
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;

/// Group normalisation as PyTorch exports it: an InstanceNormalization over groups, then scale and shift.
Value group_norm(Builder& builder, const Value& x, std::int64_t groups) {
  const std::int64_t n = x.dim(0), c = x.dim(1), h = x.dim(2), w = x.dim(3);
  const Value grouped = builder.reshape(x, {n, groups, c / groups * h * w});
  const Value normal = builder.same("InstanceNormalization",
                                    {grouped, builder.filled({groups}, 1), builder.filled({groups}, 0)});
  return builder.add(builder.mul(builder.reshape(normal, {n, c, h, w}), builder.weights({c, 1, 1}, 1)),
                     builder.weights({c, 1, 1}, 1));
}

struct Unit {
  std::string activation;
  std::int64_t groups = 0;  ///< of the normalisation; 0: batch normalisation
};

Value double_conv(Builder& builder, const Value& x, std::int64_t out, const Unit& unit) {
  Value y = x;
  for (int i = 0; i < 2; ++i) {
    y = unit.groups == 0 || out % unit.groups != 0
            ? conv_bn(builder, y, {.out = out, .kernel = 3}, unit.activation)
            : activate(builder,
                       group_norm(builder, builder.conv(y, out, {.kernel = {3, 3}, .pads = {1, 1, 1, 1}}),
                                  unit.groups),
                       unit.activation);
  }
  return y;
}

network::Network encoder_decoder(Dice& dice) {
  Builder builder("encoder_decoder");
  const auto extent = dice.pick<std::int64_t>({16, 32, 48, 64, 96, 128, 192, 256});
  const std::int64_t width = extent > 100 ? dice.channels(8, 48) : dice.channels(16, 128);
  Value x = image(builder, dice, dice.chance(0.4) ? 3 : width, extent);
  const Unit unit{.activation = dice.pick<std::string>({"relu", "relu", "leaky", "silu"}),
                  .groups = dice.pick<std::int64_t>({0, 0, 4, 8})};
  std::vector<Value> skips;
  const std::int64_t depth = dice.between(1, 2);
  for (std::int64_t i = 0; i < depth; ++i) {
    x = double_conv(builder, x, width << i, unit);
    skips.push_back(x);
    x = builder.max_pool(x, {});
  }
  x = conv_bn(builder, x, {.out = width << depth, .kernel = 3}, unit.activation);
  const bool transposed = dice.chance(0.6);
  for (std::int64_t i = depth - 1; i >= 0; --i) {
    x = transposed ? builder.conv_transpose(x, width << i,
                                            {.kernel = {2, 2}, .stride = {2, 2}, .pads = {0, 0, 0, 0}})
                   : builder.upsample(x, 2, dice.pick<std::string>({"nearest", "linear"}));
    x = double_conv(builder, builder.concat({skips[static_cast<std::size_t>(i)], x}, 1), width << i, unit);
  }
  builder.output(builder.conv(x, dice.spread(1, 21)));
  return builder.finish();
}

/// Cross-stage partial block as in YOLOv5.
Value csp(Builder& builder, const Value& x, std::int64_t out, std::int64_t repeats) {
  Value a = conv_bn(builder, x, {.out = out / 2, .kernel = 1}, "silu");
  const Value b = conv_bn(builder, x, {.out = out / 2, .kernel = 1}, "silu");
  for (std::int64_t i = 0; i < repeats; ++i) {
    Value y = conv_bn(builder, a, {.out = out / 2, .kernel = 1}, "silu");
    y = conv_bn(builder, y, {.out = out / 2, .kernel = 3}, "silu");
    a = builder.add(a, y);
  }
  return conv_bn(builder, builder.concat({a, b}, 1), {.out = out, .kernel = 1}, "silu");
}

network::Network detector(Dice& dice) {
  Builder builder("detector");
  const auto extent = dice.pick<std::int64_t>({20, 26, 32, 40, 40, 52, 64, 80, 80});
  const std::int64_t width = std::max<std::int64_t>(16, dice.channels(16, extent > 50 ? 64 : 192) / 8 * 8);
  Value x = image(builder, dice, width, extent);
  x = csp(builder, x, width, dice.between(1, 2));
  const Value skip = x;
  x = conv_bn(builder, x, {.out = 2 * width, .kernel = 3, .stride = 2}, "silu");
  if (dice.chance(0.6)) {  // spatial pyramid pooling
    Value y = conv_bn(builder, x, {.out = width, .kernel = 1}, "silu");
    std::vector<Value> parts{y};
    for (int i = 0; i < 3; ++i)
      parts.push_back(
          builder.max_pool(parts.back(), {.kernel = {5, 5}, .stride = {1, 1}, .pads = {2, 2, 2, 2}}));
    x = conv_bn(builder, builder.concat(parts, 1), {.out = 2 * width, .kernel = 1}, "silu");
  }
  if (x.dim(2) * 2 == skip.dim(2)) {
    Value up = builder.upsample(conv_bn(builder, x, {.out = width, .kernel = 1}, "silu"), 2);
    x = csp(builder, builder.concat({up, skip}, 1), width, 1);
  }
  const std::int64_t anchors = 3, fields = dice.pick<std::int64_t>({6, 25, 85});
  Value head = builder.conv(x, anchors * fields);
  const std::int64_t n = head.dim(0), h = head.dim(2), w = head.dim(3);
  head = builder.transpose(builder.reshape(head, {n, anchors, fields, h, w}), {0, 1, 3, 4, 2});
  head = builder.sigmoid(head);
  if (dice.chance(0.6)) {
    const auto parts = builder.split(head, 4, {2, 2, fields - 4});
    const Value centre =
        builder.mul(builder.add(parts[0], builder.weights({1, anchors, h, w, 2}, 1)), builder.scalar(8));
    const Value size =
        builder.mul(builder.mul(parts[1], parts[1]), builder.weights({1, anchors, h, w, 2}, 1));
    head = builder.concat({centre, size, parts[2]}, 4);
  }
  builder.output(builder.reshape(head, {n, anchors * h * w, fields}));
  return builder.finish();
}

network::Network draw(Dice& dice) {
  return dice.chance(0.5) ? encoder_decoder(dice) : detector(dice);
}

}  // namespace

Prior dense_prediction() {
  return {.name = "dense_prediction",
          .summary = "encoder-decoders and detectors (U-Net, YOLO)",
          .share = 0.08,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
