// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(ConvNeXt, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("convnext_tiny"), 28'589'128);
  EXPECT_EQ(learned_parameters(build_zoo("convnext_tiny")), 28'589'128);
}

TEST(ConvNeXt, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("convnext_tiny");
  EXPECT_EQ(count(network, "LayerNormalization"),
            23);  // eighteen blocks, the stem, three between stages, the head
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
