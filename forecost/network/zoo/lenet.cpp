// SPDX-License-Identifier: Apache-2.0
// LeCun et al. 1998, figure 2, with every map of C3 connected to every map of S2.
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "forecost/network/zoo/blocks.h"

namespace forecost::network::zoo {

namespace {

Network build(const ZooOptions& options) {
  Builder b("lenet5");
  Value x = b.input("input", {options.batch, 1, 32, 32});
  x = b.same("Tanh", {b.conv(x, 6, {.kernel = {5, 5}, .pads = {0, 0, 0, 0}})});
  x = b.average_pool(x, {});
  x = b.same("Tanh", {b.conv(x, 16, {.kernel = {5, 5}, .pads = {0, 0, 0, 0}})});
  x = b.average_pool(x, {});
  x = b.same("Tanh", {b.conv(x, 120, {.kernel = {5, 5}, .pads = {0, 0, 0, 0}})});
  x = b.same("Tanh", {b.linear(b.flatten(x), 84)});
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

}  // namespace

std::vector<ZooEntry> lenet() {
  return {{.name = "lenet5",
           .summary = "LeNet-5, 32 x 32 digits",
           .source = "LeCun et al. 1998, layer table of section II-B; C3 fully connected as in common "
                     "reimplementations",
           .parameters = 61'706,
           .macs = 416'520,
           .build = build}};
}

}  // namespace forecost::network::zoo
