// SPDX-License-Identifier: Apache-2.0
// Stamoulis et al. 2018: AlexNet variants of three convolutions, each with features, kernel and pool; units
// of the hidden layer; learning rate, momentum and weight decay: 13 hyper-parameters with the paper's ranges.
#include <string>
#include <vector>

#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"

namespace forecost::search::spaces {
namespace {

Parameter whole(std::string name, double low, double high) {
  return {.name = std::move(name), .kind = Parameter::Kind::integer, .low = low, .high = high};
}

Space space() {
  std::vector<Parameter> parameters;
  for (const char* layer : {"1", "2", "3"}) {
    parameters.push_back(whole(std::string("conv") + layer + "_features", 20, 80));
    parameters.push_back(whole(std::string("conv") + layer + "_kernel", 2, 5));
    parameters.push_back(whole(std::string("pool") + layer + "_kernel", 1, 3));
  }
  parameters.push_back(whole("fc1_units", 200, 700));
  parameters.push_back({.name = "learning_rate", .low = 1e-3, .high = 1e-1, .log = true});
  parameters.push_back({.name = "momentum", .low = 0.8, .high = 0.95});
  parameters.push_back({.name = "weight_decay", .low = 1e-4, .high = 1e-2, .log = true});
  return Space::make(std::move(parameters)).value();
}

/// The image keeps its extent in convolutions, so that three pools of 3 still fit into 32 x 32.
network::ConvOptions window(std::int64_t kernel) {
  const std::int64_t begin = (kernel - 1) / 2;
  const std::int64_t end = kernel / 2;
  return {.kernel = {kernel, kernel}, .pads = {begin, begin, end, end}};
}

Result<network::Network> build(const Space& space, const Design& design) {
  network::Builder b("hyperpower_cifar10");
  network::Value x = b.input("input", {1, 3, 32, 32});
  for (const char* layer : {"1", "2", "3"}) {
    const std::string conv = std::string("conv") + layer;
    const std::int64_t pool = whole_in(space, design, std::string("pool") + layer + "_kernel");
    x = b.relu(b.conv(x, whole_in(space, design, conv + "_features"),
                      window(whole_in(space, design, conv + "_kernel"))));
    if (pool > 1) x = b.max_pool(x, {.kernel = {pool, pool}, .stride = {pool, pool}});
  }
  x = b.relu(b.linear(b.flatten(x), whole_in(space, design, "fc1_units")));
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

}  // namespace

SpaceEntry hyperpower_cifar10() {
  return {.name = "hyperpower_cifar10",
          .summary = "HyperPower's space on CIFAR-10: three convolutions, 13 hyper-parameters",
          .source = "Stamoulis et al. 2018",
          .space = space,
          .training = {"learning_rate", "momentum", "weight_decay"},
          .build = build};
}

}  // namespace forecost::search::spaces
