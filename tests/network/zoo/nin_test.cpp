// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Nin, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("nin"), 7'595'176);
  EXPECT_EQ(learned_parameters(build_zoo("nin")), 7'595'176);
}

TEST(Nin, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("nin");
  EXPECT_EQ(count(network, "Conv"), 12);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
