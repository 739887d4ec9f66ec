// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/max_flow.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

TEST(MaxFlow, TheCutOfAKnownNetworkIsItsCheapest) {
  // Cormen et al., figure 26.1: the flow is 23 and the cut separates {s, v1, v2, v4} from {v3, t}.
  MaxFlow flow(6);
  flow.arc(0, 1, 16);
  flow.arc(0, 2, 13);
  flow.arc(1, 3, 12);
  flow.arc(2, 1, 4);
  flow.arc(2, 4, 14);
  flow.arc(3, 2, 9);
  flow.arc(3, 5, 20);
  flow.arc(4, 3, 7);
  flow.arc(4, 5, 4);
  EXPECT_EQ(flow.source_side(0, 5), (std::vector<bool>{true, true, true, false, true, false}));
}

TEST(MaxFlow, NothingCrossesWhereNothingIsJoined) {
  MaxFlow flow(3);
  flow.arc(0, 1, 5);
  EXPECT_EQ(flow.source_side(0, 2), (std::vector<bool>{true, true, false}));
}

TEST(MaxFlow, InfiniteArcsAreNeverCutAndAPathOfThemIsTheCallersError) {
  const double infinity = std::numeric_limits<double>::infinity();
  MaxFlow flow(3);
  flow.arc(0, 1, infinity);
  flow.arc(1, 2, 0.5);
  EXPECT_EQ(flow.source_side(0, 2), (std::vector<bool>{true, true, false}));
  MaxFlow endless(2);
  endless.arc(0, 1, infinity);
  EXPECT_THROW(endless.source_side(0, 1), BrokenContract);
}

TEST(MaxFlow, NoOtherCutIsCheaper) {
  rc::check("on random graphs of six nodes", [] {
    constexpr std::size_t nodes = 6;
    std::vector<std::vector<double>> capacity(nodes, std::vector<double>(nodes));
    MaxFlow flow(nodes);
    for (std::size_t from = 0; from < nodes; ++from) {
      for (std::size_t to = 0; to < nodes; ++to) {
        capacity[from][to] = from == to ? 0 : std::max(0, *rc::gen::inRange(-6, 10));
        if (capacity[from][to] > 0) flow.arc(from, to, capacity[from][to]);
      }
    }
    const auto cost = [&](const std::vector<bool>& side) {
      double sum = 0;
      for (std::size_t from = 0; from < nodes; ++from) {
        for (std::size_t to = 0; to < nodes; ++to) sum += side[from] && !side[to] ? capacity[from][to] : 0;
      }
      return sum;
    };
    const double found = cost(flow.source_side(0, nodes - 1));
    for (unsigned code = 0; code < 16; ++code) {
      std::vector<bool> side{true, (code & 1U) != 0, (code & 2U) != 0, (code & 4U) != 0, (code & 8U) != 0,
                             false};
      RC_ASSERT(found <= cost(side));
    }
  });
}

}  // namespace
}  // namespace forecost::numeric
