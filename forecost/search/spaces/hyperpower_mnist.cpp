// SPDX-License-Identifier: Apache-2.0
// Stamoulis et al. 2018. The paper gives the ranges; which six they are on MNIST it does not list: these are
// features, kernel and pool of the convolution, units, learning rate and momentum.
#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"

namespace forecost::search::spaces {
namespace {

Parameter whole(std::string name, double low, double high) {
  return {.name = std::move(name), .kind = Parameter::Kind::integer, .low = low, .high = high};
}

Space space() {
  return Space::make({whole("conv1_features", 20, 80),
                      whole("conv1_kernel", 2, 5),
                      whole("pool1_kernel", 1, 3),
                      whole("fc1_units", 200, 700),
                      {.name = "learning_rate", .low = 1e-3, .high = 1e-1, .log = true},
                      {.name = "momentum", .low = 0.8, .high = 0.95}})
      .value();
}

Result<network::Network> build(const Space& space, const Design& design) {
  network::Builder b("hyperpower_mnist");
  network::Value x = b.input("input", {1, 1, 28, 28});
  const std::int64_t kernel = whole_in(space, design, "conv1_kernel");
  const std::int64_t pool = whole_in(space, design, "pool1_kernel");
  x = b.relu(b.conv(x, whole_in(space, design, "conv1_features"),
                    {.kernel = {kernel, kernel}, .pads = {0, 0, 0, 0}}));
  if (pool > 1) x = b.max_pool(x, {.kernel = {pool, pool}, .stride = {pool, pool}});
  x = b.relu(b.linear(b.flatten(x), whole_in(space, design, "fc1_units")));
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

}  // namespace

SpaceEntry hyperpower_mnist() {
  return {.name = "hyperpower_mnist",
          .summary = "HyperPower's space on MNIST: one convolution, 6 hyper-parameters",
          .source = "Stamoulis et al. 2018",
          .space = space,
          .training = {"learning_rate", "momentum"},
          .build = build};
}

}  // namespace forecost::search::spaces
