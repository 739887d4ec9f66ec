// SPDX-License-Identifier: Apache-2.0
// Iandola et al. 2016; version 1.1 of the authors' repository.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Value fire(Builder& b, const Value& x, std::int64_t squeezed, std::int64_t expanded) {
  const Value narrow = b.relu(b.conv(x, squeezed));
  const Value one = b.relu(b.conv(narrow, expanded));
  const Value three = b.relu(b.conv(narrow, expanded, {.kernel = {3, 3}}));
  return b.concat({one, three}, 1);
}

Network build(const ZooOptions& options) {
  Builder b("squeezenet1_1");
  const PoolOptions shrink{.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true};
  Value x = image(b, options, 224);
  x = b.relu(b.conv(x, 64, {.kernel = {3, 3}, .stride = {2, 2}, .pads = {0, 0, 0, 0}}));
  x = b.max_pool(x, shrink);
  x = fire(b, fire(b, x, 16, 64), 16, 64);
  x = b.max_pool(x, shrink);
  x = fire(b, fire(b, x, 32, 128), 32, 128);
  x = b.max_pool(x, shrink);
  x = fire(b, fire(b, x, 48, 192), 48, 192);
  x = fire(b, fire(b, x, 64, 256), 64, 256);
  x = b.relu(b.conv(x, 1000));
  b.output(b.flatten(b.global_average_pool(x)), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> squeezenet() {
  return {{.name = "squeezenet1_1",
           .summary = "SqueezeNet 1.1, 224 x 224",
           .source = "torchvision SqueezeNet1_1_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 1'235'496,
           .macs = 349'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
