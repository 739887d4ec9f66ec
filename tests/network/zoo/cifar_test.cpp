// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Cifar, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("cifar10_6conv"), 1'341'226);
  EXPECT_EQ(learned_parameters(build_zoo("cifar10_6conv")), 1'341'226);
}

TEST(Cifar, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("cifar10_6conv");
  EXPECT_EQ(count(network, "Conv"), 6);
  EXPECT_EQ(output_shape(network), (Shape{1, 10}));
}

}  // namespace
}  // namespace forecost::network
