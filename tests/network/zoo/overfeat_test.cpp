// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(OverFeat, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("overfeat"), 145'920'872);
  EXPECT_EQ(learned_parameters(build_zoo("overfeat")), 145'920'872);
}

TEST(OverFeat, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("overfeat");
  EXPECT_EQ(count(network, "Conv"), 5);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
