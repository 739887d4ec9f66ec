// SPDX-License-Identifier: Apache-2.0
// Sermanet et al. 2013, table 1: the fast network.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build(const ZooOptions& options) {
  Builder b("overfeat");
  Value x = image(b, options, 231);
  x = b.relu(b.conv(x, 96, {.kernel = {11, 11}, .stride = {4, 4}, .pads = {0, 0, 0, 0}}));
  x = b.max_pool(x, pool(2, 2));
  x = b.relu(b.conv(x, 256, {.kernel = {5, 5}, .pads = {0, 0, 0, 0}}));
  x = b.max_pool(x, pool(2, 2));
  x = b.relu(b.conv(x, 512, {.kernel = {3, 3}}));
  x = b.relu(b.conv(x, 1024, {.kernel = {3, 3}}));
  x = b.relu(b.conv(x, 1024, {.kernel = {3, 3}}));
  x = b.max_pool(x, pool(2, 2));
  x = b.relu(b.linear(b.flatten(x), 3072));
  x = b.relu(b.linear(x, 4096));
  b.output(b.linear(x, 1000), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> overfeat() {
  return {{.name = "overfeat",
           .summary = "OverFeat, fast variant, 231 x 231",
           .source =
               "Sermanet et al. 2013, tables 1 and 4 (145 M parameters, 2810 M connections), counted by hand",
           .parameters = 145'920'872,
           .macs = 2'801'403'904,
           .build = build}};
}

}  // namespace forecost::network::zoo
