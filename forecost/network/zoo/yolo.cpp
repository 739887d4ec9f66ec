// SPDX-License-Identifier: Apache-2.0
// Ultralytics YOLOv5 6.x, models/yolov5n.yaml (depth 0.33, width 0.25), exported with its decoding. Grids and
// anchors hold one value each instead of their table: their size and cost are true, the boxes are as random
// as the weights.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

constexpr std::int64_t classes = 80;
constexpr std::int64_t anchors = 3;

Value unit(Builder& b, const Value& x, std::int64_t channels, const ConvOptions& conv) {
  return b.silu(b.batch_norm(b.conv(x, channels, conv), {.epsilon = 1e-3}));
}

struct C3 {
  std::int64_t channels, blocks;
  bool shortcut;
};

Value c3(Builder& b, const Value& x, const C3& plan) {
  const std::int64_t half = plan.channels / 2;
  Value y = unit(b, x, half, square(1));
  for (std::int64_t i = 0; i < plan.blocks; ++i) {
    const Value branch = unit(b, unit(b, y, half, square(1)), half, square(3));
    y = plan.shortcut ? b.add(y, branch) : branch;
  }
  return unit(b, b.concat({y, unit(b, x, half, square(1))}, 1), plan.channels, square(1));
}

/// Spatial pyramid pooling, fast: three pools in a row see 5, 9 and 13 pixels.
Value sppf(Builder& b, const Value& x) {
  const Value narrow = unit(b, x, x.dim(1) / 2, square(1));
  std::vector<Value> parts{narrow};
  for (int i = 0; i < 3; ++i) parts.push_back(b.max_pool(parts.back(), pool(5, 1, 2)));
  return unit(b, b.concat(parts, 1), x.dim(1), square(1));
}

/// Boxes of one level: [batch, anchors * height * width, 5 + classes].
Value decoded(Builder& b, const Value& x, double pixels) {
  const std::int64_t high = x.dim(2);
  const std::int64_t wide = x.dim(3);
  Value y = b.conv(x, anchors * (5 + classes));
  y = b.reshape(y, {x.dim(0), anchors, 5 + classes, high, wide});
  y = b.sigmoid(b.transpose(y, {0, 1, 3, 4, 2}));
  const std::vector<Value> parts = b.split(y, 4, {2, 2, classes + 1});
  const Value grid = b.filled({1, anchors, high, wide, 2}, 0.5);
  const Value places = b.mul(b.add(b.mul(parts[0], b.scalar(2)), grid), b.scalar(pixels));
  const Value sizes = b.mul(b.binary("Pow", b.mul(parts[1], b.scalar(2)), b.scalar(2)),
                            b.filled({1, anchors, high, wide, 2}, 4 * pixels));
  const Value boxes = b.concat({places, sizes, parts[2]}, 4);
  return b.reshape(boxes, {x.dim(0), anchors * high * wide, 5 + classes});
}

Network build(const ZooOptions& options) {
  Builder b("yolov5n");
  Value x = image(b, options, 640);
  b.scope("backbone");
  x = unit(b, x, 16, {.kernel = {6, 6}, .stride = {2, 2}, .pads = {2, 2, 2, 2}, .bias = false});
  x = c3(b, unit(b, x, 32, square(3, 2)), {32, 1, true});
  const Value p3 = c3(b, unit(b, x, 64, square(3, 2)), {64, 2, true});
  const Value p4 = c3(b, unit(b, p3, 128, square(3, 2)), {128, 3, true});
  const Value p5 = sppf(b, c3(b, unit(b, p4, 256, square(3, 2)), {256, 1, true}));
  b.scope("neck");
  const Value top = unit(b, p5, 128, square(1));
  x = c3(b, b.concat({b.upsample(top, 2), p4}, 1), {128, 1, false});
  const Value middle = unit(b, x, 64, square(1));
  const Value small = c3(b, b.concat({b.upsample(middle, 2), p3}, 1), {64, 1, false});
  const Value medium = c3(b, b.concat({unit(b, small, 64, square(3, 2)), middle}, 1), {128, 1, false});
  const Value large = c3(b, b.concat({unit(b, medium, 128, square(3, 2)), top}, 1), {256, 1, false});
  b.scope("detect");
  b.output(b.concat({decoded(b, small, 8), decoded(b, medium, 16), decoded(b, large, 32)}, 1), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> yolo() {
  return {{.name = "yolov5n",
           .summary = "YOLOv5n detector with decoding, 640 x 640",
           .source =
               "ultralytics/yolov5 README: YOLOv5n 1.9 M parameters, 4.5 G operations at 640; model summary",
           .parameters = 1'872'157,
           .macs = 2'250'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
