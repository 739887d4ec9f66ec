// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(UNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("unet"), 31'037'698);
  EXPECT_EQ(learned_parameters(build_zoo("unet")), 31'037'698);
}

TEST(UNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("unet");
  EXPECT_EQ(count(network, "ConvTranspose"), 4);
  EXPECT_EQ(output_shape(network), (Shape{1, 2, 256, 256}));
}

}  // namespace
}  // namespace forecost::network
