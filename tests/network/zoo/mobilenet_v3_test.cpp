// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(MobileNetV3, MobilenetV3SmallHasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mobilenet_v3_small"), 2'542'856);
  EXPECT_EQ(learned_parameters(build_zoo("mobilenet_v3_small")), 2'542'856);
}

TEST(MobileNetV3, MobilenetV3SmallHasTheLayersOfItsPlan) {
  const Network network = build_zoo("mobilenet_v3_small");
  EXPECT_EQ(count(network, "HardSigmoid"), 9);  // squeeze and excitation in nine of eleven blocks
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(MobileNetV3, MobilenetV3LargeHasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mobilenet_v3_large"), 5'483'032);
  EXPECT_EQ(learned_parameters(build_zoo("mobilenet_v3_large")), 5'483'032);
}

TEST(MobileNetV3, MobilenetV3LargeHasTheLayersOfItsPlan) {
  const Network network = build_zoo("mobilenet_v3_large");
  EXPECT_EQ(count(network, "HardSigmoid"), 8);  // squeeze and excitation in eight of fifteen blocks
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
