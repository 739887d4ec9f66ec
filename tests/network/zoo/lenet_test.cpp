// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(LeNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("lenet5"), 61'706);
  EXPECT_EQ(learned_parameters(build_zoo("lenet5")), 61'706);
}

TEST(LeNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("lenet5");
  EXPECT_EQ(count(network, "Conv"), 3);
  EXPECT_EQ(output_shape(network), (Shape{1, 10}));
}

}  // namespace
}  // namespace forecost::network
