// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(OperatorsPrior, DrawsManyOperators) {
  expect_lawful("operators", {});
}

TEST(OperatorsPrior, EveryOperatorTakesItsTurn) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto network = build({.family = "operators", .seed = seed}, 4e9);
    ASSERT_TRUE(network) << to_string(network.error());
    for (const auto& node : network->graph.nodes) {
      const bool linear = node.string_or("mode", "") == "linear";
      seen.insert(linear ? "linear " + node.op : node.op);
    }
  }
  for (const char* op : {"Relu", "Cos", "LRN", "ReduceLogSumExp", "ArgMax", "TopK", "CumSum", "LpPool",
                         "InstanceNormalization", "Resize", "linear Resize", "Clip"}) {
    EXPECT_TRUE(seen.count(op)) << op;
  }
}

}  // namespace forecost::measurement
