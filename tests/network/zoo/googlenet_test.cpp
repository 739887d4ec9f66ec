// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(GoogLeNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("googlenet"), 6'624'904);
  EXPECT_EQ(learned_parameters(build_zoo("googlenet")), 6'624'904);
}

TEST(GoogLeNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("googlenet");
  EXPECT_EQ(count(network, "Conv"), 57);  // three stem convolutions and six in each of nine modules
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
