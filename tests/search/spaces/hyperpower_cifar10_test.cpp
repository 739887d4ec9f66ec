// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"

namespace forecost::search {
namespace {

TEST(HyperpowerCifar10, HasThirteenParametersAndTheCountsMadeByHand) {
  const SpaceEntry& entry = *find_space("hyperpower_cifar10");
  const Space space = entry.space();
  EXPECT_EQ(space.size(), 13U);
  const auto network = entry.build(space, {{20, 3, 2, 30, 4, 2, 40, 5, 2, 300, 0.01, 0.9, 0.001}}).value();
  const auto totals = layer::totals_of(layer::infer(network).value());
  // 32 -> 16 -> 8 -> 4: 40 x 4 x 4 = 640 features
  EXPECT_EQ(totals.parameters, (3 * 9 * 20 + 20) + (20 * 16 * 30 + 30) + (30 * 25 * 40 + 40) +
                                   (640 * 300 + 300) + (300 * 10 + 10));
  EXPECT_EQ(totals.macs, Macs(1024 * 3 * 9 * 20 + 256 * 20 * 16 * 30 + 64 * 30 * 25 * 40 + 640 * 300 + 3000));
}

}  // namespace
}  // namespace forecost::search
