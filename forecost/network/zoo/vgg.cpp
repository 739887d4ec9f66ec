// SPDX-License-Identifier: Apache-2.0
// Simonyan, Zisserman 2014, table 1: configurations A, D and E.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

struct Plan {
  const char* name;
  std::vector<int> convolutions;  ///< per stage
};

Network vgg_of(const ZooOptions& options, const Plan& plan) {
  static constexpr std::int64_t widths[] = {64, 128, 256, 512, 512};
  Builder b(plan.name);
  Value x = image(b, options, 224);
  b.scope("features");
  for (std::size_t stage = 0; stage < plan.convolutions.size(); ++stage) {
    for (int i = 0; i < plan.convolutions[stage]; ++i)
      x = b.relu(b.conv(x, widths[stage], {.kernel = {3, 3}}));
    x = b.max_pool(x, pool(2, 2));
  }
  x = b.average_pool(x, pool(1, 1));
  b.scope("classifier");
  x = b.relu(b.linear(b.flatten(x), 4096));
  x = b.relu(b.linear(x, 4096));
  b.output(b.linear(x, 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> vgg() {
  return {{.name = "vgg11",
           .summary = "VGG-11, 224 x 224",
           .source = "torchvision VGG11_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 132'863'336,
           .macs = 7'609'000'000,
           .build =
               [](const ZooOptions& o) {
                 return vgg_of(o, {"vgg11", {1, 1, 2, 2, 2}});
               }},
          {.name = "vgg16",
           .summary = "VGG-16, 224 x 224",
           .source = "torchvision VGG16_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 138'357'544,
           .macs = 15'470'000'000,
           .build =
               [](const ZooOptions& o) {
                 return vgg_of(o, {"vgg16", {2, 2, 3, 3, 3}});
               }},
          {.name = "vgg19",
           .summary = "VGG-19, 224 x 224",
           .source = "torchvision VGG19_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 143'667'240,
           .macs = 19'632'000'000,
           .build = [](const ZooOptions& o) {
             return vgg_of(o, {"vgg19", {2, 2, 4, 4, 4}});
           }}};
}

}  // namespace forecost::network::zoo
