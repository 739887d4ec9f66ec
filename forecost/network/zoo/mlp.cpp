// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build(const ZooOptions& options) {
  Builder b("mlp");
  Value x = b.flatten(b.input("input", {options.batch, 1, 28, 28}));
  x = b.relu(b.linear(x, 512));
  x = b.relu(b.linear(x, 512));
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> mlp() {
  return {{.name = "mlp",
           .summary = "784-512-512-10 dense network on digits",
           .source = "PyTorch tutorial 'Learn the Basics', Build the Neural Network",
           .parameters = 669'706,
           .macs = 668'672,
           .build = build}};
}

}  // namespace forecost::network::zoo
