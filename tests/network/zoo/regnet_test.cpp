// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(RegNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("regnet_y_400mf"), 4'344'144);
  EXPECT_EQ(learned_parameters(build_zoo("regnet_y_400mf")), 4'344'144);
}

TEST(RegNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("regnet_y_400mf");
  EXPECT_EQ(count(network, "GlobalAveragePool"), 17);  // one per block and one in the head
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
