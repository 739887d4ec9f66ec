// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"

namespace forecost::search {
namespace {

TEST(HyperpowerMnist, HasSixParametersAndTheCountsMadeByHand) {
  const SpaceEntry& entry = *find_space("hyperpower_mnist");
  const Space space = entry.space();
  EXPECT_EQ(space.size(), 6U);
  const auto network = entry.build(space, {{20, 5, 2, 500, 0.01, 0.9}}).value();
  const auto totals = layer::totals_of(layer::infer(network).value());
  // LeNet-like: 28 -> 24 -> 12; 20 x 12 x 12 = 2880 features
  EXPECT_EQ(totals.parameters, 20 * 25 + 20 + 2880 * 500 + 500 + 500 * 10 + 10);
  EXPECT_EQ(totals.macs, Macs(24 * 24 * 20 * 25 + 2880 * 500 + 5000));
}

}  // namespace
}  // namespace forecost::search
