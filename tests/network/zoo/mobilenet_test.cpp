// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(MobileNet, MobilenetV1HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mobilenet_v1"), 4'231'976);
  EXPECT_EQ(learned_parameters(build_zoo("mobilenet_v1")), 4'231'976);
}

TEST(MobileNet, MobilenetV1HasTheLayersOfItsPlan) {
  const Network network = build_zoo("mobilenet_v1");
  EXPECT_EQ(count(network, "Conv"), 27);  // 28 layers with weights, one of them dense
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(MobileNet, MobilenetV2HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mobilenet_v2"), 3'504'872);
  EXPECT_EQ(learned_parameters(build_zoo("mobilenet_v2")), 3'504'872);
}

TEST(MobileNet, MobilenetV2HasTheLayersOfItsPlan) {
  const Network network = build_zoo("mobilenet_v2");
  EXPECT_EQ(count(network, "Conv"), 52);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
