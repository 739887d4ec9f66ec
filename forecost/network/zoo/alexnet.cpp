// SPDX-License-Identifier: Apache-2.0
// Krizhevsky 2014, "One weird trick", the single-tower network that torchvision has.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build(const ZooOptions& options) {
  Builder b("alexnet");
  Value x = image(b, options, 224);
  b.scope("features");
  x = b.relu(b.conv(x, 64, {.kernel = {11, 11}, .stride = {4, 4}, .pads = {2, 2, 2, 2}}));
  x = b.max_pool(x, pool(3, 2));
  x = b.relu(b.conv(x, 192, {.kernel = {5, 5}}));
  x = b.max_pool(x, pool(3, 2));
  x = b.relu(b.conv(x, 384, {.kernel = {3, 3}}));
  x = b.relu(b.conv(x, 256, {.kernel = {3, 3}}));
  x = b.relu(b.conv(x, 256, {.kernel = {3, 3}}));
  x = b.max_pool(x, pool(3, 2));
  x = b.average_pool(x, pool(1, 1));
  b.scope("classifier");
  x = b.relu(b.linear(b.flatten(x), 4096));
  x = b.relu(b.linear(x, 4096));
  b.output(b.linear(x, 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> alexnet() {
  return {{.name = "alexnet",
           .summary = "AlexNet, one tower, 224 x 224",
           .source = "torchvision AlexNet_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 61'100'840,
           .macs = 714'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
