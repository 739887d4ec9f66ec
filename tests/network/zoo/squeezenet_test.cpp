// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(SqueezeNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("squeezenet1_1"), 1'235'496);
  EXPECT_EQ(learned_parameters(build_zoo("squeezenet1_1")), 1'235'496);
}

TEST(SqueezeNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("squeezenet1_1");
  EXPECT_EQ(count(network, "Conv"), 26);  // three in each of eight fire modules, the stem and the classifier
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
