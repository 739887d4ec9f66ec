// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(AlexNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("alexnet"), 61'100'840);
  EXPECT_EQ(learned_parameters(build_zoo("alexnet")), 61'100'840);
}

TEST(AlexNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("alexnet");
  EXPECT_EQ(count(network, "Conv"), 5);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
