// SPDX-License-Identifier: Apache-2.0
// Huang et al. 2016, table 1.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

constexpr std::int64_t growth = 32;

Value layer(Builder& b, const std::vector<Value>& features) {
  const Value joined = features.size() == 1 ? features.front() : b.concat(features, 1);
  const Value narrow = b.conv(b.relu(b.batch_norm(joined)), 4 * growth, square(1));
  return b.conv(b.relu(b.batch_norm(narrow)), growth, square(3));
}

Network build(const ZooOptions& options) {
  Builder b("densenet121");
  Value x = image(b, options, 224);
  x = b.max_pool(conv_bn_relu(b, x, 64, square(7, 2)), pool(3, 2, 1));
  const std::vector<int> blocks{6, 12, 24, 16};
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    std::vector<Value> features{x};
    for (int i = 0; i < blocks[block]; ++i) {
      b.scope("block" + std::to_string(block + 1) + ".layer" + std::to_string(i + 1));
      features.push_back(layer(b, features));
    }
    x = b.concat(features, 1);
    if (block + 1 == blocks.size()) break;
    b.scope("transition" + std::to_string(block + 1));
    x = b.conv(b.relu(b.batch_norm(x)), x.dim(1) / 2, square(1));
    x = b.average_pool(x, pool(2, 2));
  }
  return classify(b, b.relu(b.batch_norm(x)));
}

}  // namespace

std::vector<ZooEntry> densenet() {
  return {{.name = "densenet121",
           .summary = "DenseNet-121, 224 x 224",
           .source = "torchvision DenseNet121_Weights.IMAGENET1K_V1: num_params, _ops",
           .parameters = 7'978'856,
           .macs = 2'834'000'000,
           .build = build}};
}

}  // namespace forecost::network::zoo
