// SPDX-License-Identifier: Apache-2.0
/// What every family of calibration networks owes, and what one family must contain.
#pragma once

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/measurement/prior.h"

namespace forecost::measurement {

/// Twelve draws: valid shapes, no unknown operator, reproducible, within the limit of work; all `expected`
/// operators occur.
inline void expect_lawful(const std::string& family, const std::set<std::string>& expected) {
  constexpr double limit = 4e9;
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const Draw draw{.family = family, .seed = seed};
    const auto network = build(draw, limit);
    ASSERT_TRUE(network) << to_string(network.error());
    const auto again = build(draw, limit);
    ASSERT_TRUE(again);
    ASSERT_EQ(network->graph.nodes.size(), again->graph.nodes.size()) << draw.name();
    const auto layered = layer::infer(*network);
    ASSERT_TRUE(layered) << draw.name() << ": " << to_string(layered.error());
    EXPECT_TRUE(layer::totals_of(*layered).unknown_operators.empty()) << draw.name();
    for (const auto& node : network->graph.nodes) seen.insert(node.op);
  }
  for (const auto& op : expected) EXPECT_TRUE(seen.count(op)) << family << " never draws " << op;
}

}  // namespace forecost::measurement
