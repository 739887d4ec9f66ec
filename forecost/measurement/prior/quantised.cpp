// SPDX-License-Identifier: Apache-2.0
// Integer networks as quantisation tools write them: QLinearConv and QLinearMatMul chains between
// QuantizeLinear and DequantizeLinear, and dynamically quantised dense layers.
#include <algorithm>

#include "forecost/measurement/blocks.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement::prior {
namespace {

using namespace blocks;
using network::ElementType;

Value quantize(Builder& builder, const Value& x) {
  Value y = x;
  y.element = ElementType::uint8;
  return builder.node("QuantizeLinear", {x, builder.scalar(0.02), builder.scalar(128, ElementType::uint8)},
                      {}, {y})[0];
}

Value dequantize(Builder& builder, const Value& x) {
  Value y = x;
  y.element = ElementType::float32;
  return builder.node("DequantizeLinear", {x, builder.scalar(0.02), builder.scalar(128, ElementType::uint8)},
                      {}, {y})[0];
}

Value qconv(Builder& builder, const Value& x, const ConvStep& step) {
  const std::int64_t pad = step.kernel / 2, in = x.dim(1);
  const Value w =
      builder.weights({step.out, in / step.groups, step.kernel, step.kernel}, 20, ElementType::int8);
  const std::int64_t h = (x.dim(2) + 2 * pad - step.kernel) / step.stride + 1;
  Value y{.element = ElementType::uint8, .shape = {x.dim(0), step.out, h, h}};
  const network::Attributes attributes{{"kernel_shape", std::vector<std::int64_t>{step.kernel, step.kernel}},
                                       {"strides", std::vector<std::int64_t>{step.stride, step.stride}},
                                       {"pads", std::vector<std::int64_t>{pad, pad, pad, pad}},
                                       {"group", step.groups}};
  return builder.node(
      "QLinearConv",
      {x, builder.scalar(0.02), builder.scalar(128, ElementType::uint8), w, builder.scalar(0.01),
       builder.scalar(0, ElementType::int8), builder.scalar(0.05), builder.scalar(128, ElementType::uint8)},
      attributes, {y})[0];
}

network::Network draw(Dice& dice) {
  Builder builder("quantised");
  if (dice.chance(0.6)) {
    const std::int64_t extent = std::min<std::int64_t>(draw_extent(dice), 56);
    Value x = quantize(builder,
                       image(builder, dice, std::min<std::int64_t>(draw_width(dice, extent), 512), extent));
    const std::int64_t depth = dice.between(1, 4);
    for (std::int64_t i = 0; i < depth; ++i) {
      const bool depthwise = dice.chance(0.3);
      ConvStep step{.out = depthwise ? x.dim(1) : std::min<std::int64_t>(draw_width(dice, x.dim(2)), 512),
                    .kernel = depthwise ? 3 : dice.pick<std::int64_t>({1, 1, 3}),
                    .stride = x.dim(2) > 8 ? dice.pick<std::int64_t>({1, 1, 2}) : 1,
                    .groups = depthwise ? x.dim(1) : 1};
      x = qconv(builder, x, step);
    }
    builder.output(dequantize(builder, x));
    return builder.finish();
  }
  Value x = builder.input("features", {dice.pick<std::int64_t>({1, 8, 32, 128}), dice.channels(32, 2048)});
  const std::int64_t depth = dice.between(1, 3);
  for (std::int64_t i = 0; i < depth; ++i) {
    Value q = x, scale{.shape = {}}, zero{.element = ElementType::uint8, .shape = {}};
    q.element = ElementType::uint8;
    const auto parts = builder.node("DynamicQuantizeLinear", {x}, {}, {q, scale, zero});
    const std::int64_t out = dice.channels(32, 2048);
    const Value w = builder.weights({x.dim(1), out}, 20, ElementType::int8);
    Value sum{.element = ElementType::int32, .shape = {x.dim(0), out}};
    sum = builder.node("MatMulInteger", {parts[0], w, parts[2], builder.scalar(0, ElementType::int8)}, {},
                       {sum})[0];
    Value real = sum;
    real.element = ElementType::float32;
    real = builder.node("Cast", {sum}, {{"to", std::int64_t{1}}}, {real})[0];
    x = builder.mul(real, builder.mul(parts[1], builder.scalar(0.01)));
  }
  builder.output(x);
  return builder.finish();
}

}  // namespace

Prior quantised() {
  return {.name = "quantised",
          .summary = "integer convolutions and dynamically quantised dense layers",
          .share = 0.03,
          .draw = draw};
}

}  // namespace forecost::measurement::prior
