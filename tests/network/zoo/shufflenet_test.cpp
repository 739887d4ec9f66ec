// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(ShuffleNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("shufflenet_v2_x1_0"), 2'278'604);
  EXPECT_EQ(learned_parameters(build_zoo("shufflenet_v2_x1_0")), 2'278'604);
}

TEST(ShuffleNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("shufflenet_v2_x1_0");
  EXPECT_EQ(count(network, "Split"), 13);  // sixteen units, of which three shrink and do not split
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
