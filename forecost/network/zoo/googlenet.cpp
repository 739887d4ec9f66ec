// SPDX-License-Identifier: Apache-2.0
// Szegedy et al. 2014, as torchvision has it: batch normalisation, and 3 x 3 where the paper says 5 x 5.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Value unit(Builder& b, const Value& x, std::int64_t channels, const ConvOptions& conv) {
  return b.relu(b.batch_norm(b.conv(x, channels, conv), {.epsilon = 1e-3}));
}

/// Widths in the order of the paper's table 1.
struct Widths {
  std::int64_t one, three_reduced, three, five_reduced, five, pooled;
};

Value inception(Builder& b, const Value& x, const Widths& w) {
  const Value one = unit(b, x, w.one, square(1));
  const Value three = unit(b, unit(b, x, w.three_reduced, square(1)), w.three, square(3));
  const Value five = unit(b, unit(b, x, w.five_reduced, square(1)), w.five, square(3));
  const PoolOptions same{.kernel = {3, 3}, .stride = {1, 1}, .pads = {1, 1, 1, 1}, .ceil_mode = true};
  const Value pooled = unit(b, b.max_pool(x, same), w.pooled, square(1));
  return b.concat({one, three, five, pooled}, 1);
}

Network build(const ZooOptions& options) {
  Builder b("googlenet");
  const PoolOptions shrink{.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true};
  Value x = image(b, options, 224);
  b.scope("stem");
  x = b.max_pool(unit(b, x, 64, square(7, 2)), shrink);
  x = unit(b, unit(b, x, 64, square(1)), 192, square(3));
  x = b.max_pool(x, shrink);
  b.scope("inception3a");
  x = inception(b, x, {64, 96, 128, 16, 32, 32});
  b.scope("inception3b");
  x = b.max_pool(inception(b, x, {128, 128, 192, 32, 96, 64}), shrink);
  b.scope("inception4a");
  x = inception(b, x, {192, 96, 208, 16, 48, 64});
  b.scope("inception4b");
  x = inception(b, x, {160, 112, 224, 24, 64, 64});
  b.scope("inception4c");
  x = inception(b, x, {128, 128, 256, 24, 64, 64});
  b.scope("inception4d");
  x = inception(b, x, {112, 144, 288, 32, 64, 64});
  b.scope("inception4e");
  x = inception(b, x, {256, 160, 320, 32, 128, 128});
  x = b.max_pool(x, {.kernel = {2, 2}, .stride = {2, 2}, .ceil_mode = true});
  b.scope("inception5a");
  x = inception(b, x, {256, 160, 320, 32, 128, 128});
  b.scope("inception5b");
  x = inception(b, x, {384, 192, 384, 48, 128, 128});
  return classify(b, x);
}

}  // namespace

std::vector<ZooEntry> googlenet() {
  return {{.name = "googlenet",
           .summary = "GoogLeNet without auxiliary classifiers, 224 x 224",
           .source = "torchvision GoogLeNet_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 6'624'904,
           .macs = 1'498'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
