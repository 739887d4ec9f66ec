// SPDX-License-Identifier: Apache-2.0
// Lin, Chen, Yan 2013; the ImageNet network that the authors published for Caffe.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

/// A convolution and two 1 x 1 convolutions behind it.
Value mlpconv(Builder& b, const Value& x, const ConvOptions& first, const std::vector<std::int64_t>& widths) {
  Value y = b.relu(b.conv(x, widths[0], first));
  y = b.relu(b.conv(y, widths[1]));
  return b.relu(b.conv(y, widths[2]));
}

Network build(const ZooOptions& options) {
  Builder b("nin");
  const PoolOptions shrink{.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true};
  Value x = image(b, options, 224);
  x = mlpconv(b, x, {.kernel = {11, 11}, .stride = {4, 4}, .pads = {0, 0, 0, 0}}, {96, 96, 96});
  x = b.max_pool(x, shrink);
  x = mlpconv(b, x, {.kernel = {5, 5}}, {256, 256, 256});
  x = b.max_pool(x, shrink);
  x = mlpconv(b, x, {.kernel = {3, 3}}, {384, 384, 384});
  x = b.dropout(b.max_pool(x, shrink));
  x = mlpconv(b, x, {.kernel = {3, 3}}, {1024, 1024, 1000});
  b.output(b.softmax(b.flatten(b.global_average_pool(x))), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> nin() {
  return {{.name = "nin",
           .summary = "Network in Network, 224 x 224",
           .source = "Caffe model zoo, NIN-Imagenet train_val.prototxt (7.6 M parameters), counted by hand",
           .parameters = 7'595'176,
           .macs = 1'100'188'800,
           .build = build}};
}

}  // namespace forecost::network::zoo
