// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Inception, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("inception_v3"), 23'834'568);
  EXPECT_EQ(learned_parameters(build_zoo("inception_v3")), 23'834'568);
}

TEST(Inception, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("inception_v3");
  EXPECT_EQ(count(network, "Conv"), 94);  // 5 + 3 x 7 + 4 + 4 x 10 + 6 + 2 x 9
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
