// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(EfficientNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("efficientnet_b0"), 5'288'548);
  EXPECT_EQ(learned_parameters(build_zoo("efficientnet_b0")), 5'288'548);
}

TEST(EfficientNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("efficientnet_b0");
  EXPECT_EQ(count(network, "GlobalAveragePool"), 17);  // one per block and one in the head
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
