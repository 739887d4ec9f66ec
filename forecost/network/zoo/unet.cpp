// SPDX-License-Identifier: Apache-2.0
// Ronneberger et al. 2015 with padding and batch normalisation, as the milesial/Pytorch-UNet repository has
// it.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Value double_conv(Builder& b, const Value& x, std::int64_t channels) {
  return conv_bn_relu(b, conv_bn_relu(b, x, channels, square(3)), channels, square(3));
}

Network build(const ZooOptions& options) {
  Builder b("unet");
  Value x = image(b, options, 256);
  std::vector<Value> skipped;
  for (const std::int64_t channels : {64, 128, 256, 512}) {
    b.scope("down" + std::to_string(skipped.size()));
    skipped.push_back(double_conv(b, x, channels));
    x = b.max_pool(skipped.back(), pool(2, 2));
  }
  b.scope("bottom");
  x = double_conv(b, x, 1024);
  while (!skipped.empty()) {
    b.scope("up" + std::to_string(skipped.size() - 1));
    const Value larger =
        b.conv_transpose(x, x.dim(1) / 2, {.kernel = {2, 2}, .stride = {2, 2}, .pads = {0, 0, 0, 0}});
    x = double_conv(b, b.concat({skipped.back(), larger}, 1), larger.dim(1));
    skipped.pop_back();
  }
  b.scope("head");
  b.output(b.conv(x, 2), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> unet() {
  return {{.name = "unet",
           .summary = "U-Net with transposed convolutions, two classes, 256 x 256",
           .source =
               "milesial/Pytorch-UNet, UNet(n_channels=3, n_classes=2, bilinear=False): 31 M; exact by layer",
           .parameters = 31'037'698,
           .macs = 48'171'581'440,
           .build = build}};
}

}  // namespace forecost::network::zoo
