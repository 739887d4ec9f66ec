// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(MnasNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mnasnet1_0"), 4'383'312);
  EXPECT_EQ(learned_parameters(build_zoo("mnasnet1_0")), 4'383'312);
}

TEST(MnasNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("mnasnet1_0");
  EXPECT_EQ(count(network, "Conv"),
            52);  // three in the stem, three in each of sixteen blocks, one in the head
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
