// SPDX-License-Identifier: Apache-2.0
// Cai et al. 2017 (NeuralPower) measure a "CIFAR10-6conv" without stating its widths; these are the usual
// ones of three pairs of 3 x 3 convolutions.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build(const ZooOptions& options) {
  Builder b("cifar10_6conv");
  Value x = image(b, options, 32);
  for (const std::int64_t width : {32, 64, 128}) {
    x = b.relu(b.conv(x, width, {.kernel = {3, 3}}));
    x = b.relu(b.conv(x, width, {.kernel = {3, 3}}));
    x = b.max_pool(x, pool(2, 2));
  }
  x = b.relu(b.linear(b.flatten(x), 512));
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> cifar() {
  return {{.name = "cifar10_6conv",
           .summary = "six convolutions in three pairs, 32 x 32",
           .source = "named by Cai et al. 2017 (NeuralPower), widths not published; counted by hand",
           .parameters = 1'341'226,
           .macs = 39'687'168,
           .build = build}};
}

}  // namespace forecost::network::zoo
