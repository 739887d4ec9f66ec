// SPDX-License-Identifier: Apache-2.0
// Szegedy et al. 2015, "Rethinking the Inception Architecture", as torchvision has it.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Value unit(Builder& b, const Value& x, std::int64_t channels, const ConvOptions& conv) {
  return b.relu(b.batch_norm(b.conv(x, channels, conv), {.epsilon = 1e-3}));
}

ConvOptions row(std::int64_t width) {
  return {.kernel = {1, width}, .bias = false};
}
ConvOptions column(std::int64_t height) {
  return {.kernel = {height, 1}, .bias = false};
}

Value averaged(Builder& b, const Value& x, std::int64_t channels) {
  const PoolOptions same{.kernel = {3, 3}, .stride = {1, 1}, .pads = {1, 1, 1, 1}, .count_include_pad = true};
  return unit(b, b.average_pool(x, same), channels, square(1));
}

Value inception_a(Builder& b, const Value& x, std::int64_t pooled) {
  const Value one = unit(b, x, 64, square(1));
  const Value five = unit(b, unit(b, x, 48, square(1)), 64, square(5));
  Value twice = unit(b, unit(b, x, 64, square(1)), 96, square(3));
  twice = unit(b, twice, 96, square(3));
  return b.concat({one, five, twice, averaged(b, x, pooled)}, 1);
}

Value inception_b(Builder& b, const Value& x) {
  const Value three = unit(b, x, 384, unpadded(3, 2));
  Value twice = unit(b, unit(b, x, 64, square(1)), 96, square(3));
  twice = unit(b, twice, 96, unpadded(3, 2));
  return b.concat({three, twice, b.max_pool(x, pool(3, 2))}, 1);
}

Value inception_c(Builder& b, const Value& x, std::int64_t width) {
  const Value one = unit(b, x, 192, square(1));
  Value seven = unit(b, x, width, square(1));
  seven = unit(b, unit(b, seven, width, row(7)), 192, column(7));
  Value twice = unit(b, x, width, square(1));
  twice = unit(b, unit(b, twice, width, column(7)), width, row(7));
  twice = unit(b, unit(b, twice, width, column(7)), 192, row(7));
  return b.concat({one, seven, twice, averaged(b, x, 192)}, 1);
}

Value inception_d(Builder& b, const Value& x) {
  const Value three = unit(b, unit(b, x, 192, square(1)), 320, unpadded(3, 2));
  Value seven = unit(b, unit(b, x, 192, square(1)), 192, row(7));
  seven = unit(b, unit(b, seven, 192, column(7)), 192, unpadded(3, 2));
  return b.concat({three, seven, b.max_pool(x, pool(3, 2))}, 1);
}

Value inception_e(Builder& b, const Value& x) {
  const auto forked = [&b](const Value& y) {
    return b.concat({unit(b, y, 384, row(3)), unit(b, y, 384, column(3))}, 1);
  };
  const Value one = unit(b, x, 320, square(1));
  const Value three = forked(unit(b, x, 384, square(1)));
  const Value twice = forked(unit(b, unit(b, x, 448, square(1)), 384, square(3)));
  return b.concat({one, three, twice, averaged(b, x, 192)}, 1);
}

Network build(const ZooOptions& options) {
  Builder b("inception_v3");
  Value x = image(b, options, 299);
  b.scope("stem");
  x = unit(b, unit(b, x, 32, unpadded(3, 2)), 32, unpadded(3));
  x = b.max_pool(unit(b, x, 64, square(3)), pool(3, 2));
  x = unit(b, unit(b, x, 80, square(1)), 192, unpadded(3));
  x = b.max_pool(x, pool(3, 2));
  b.scope("mixed5");
  for (const std::int64_t pooled : {32, 64, 64}) x = inception_a(b, x, pooled);
  b.scope("mixed6");
  x = inception_b(b, x);
  for (const std::int64_t width : {128, 160, 160, 192}) x = inception_c(b, x, width);
  b.scope("mixed7");
  x = inception_d(b, x);
  x = inception_e(b, inception_e(b, x));
  return classify(b, x);
}

}  // namespace

std::vector<ZooEntry> inception() {
  return {{.name = "inception_v3",
           .summary = "Inception-v3 without auxiliary classifier, 299 x 299",
           .source = "torchvision Inception_V3_Weights.IMAGENET1K_V1: _ops; parameters of "
                     "inception_v3(aux_logits=False)",
           .parameters = 23'834'568,
           .macs = 5'713'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
