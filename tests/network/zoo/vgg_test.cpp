// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Vgg, Vgg11HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("vgg11"), 132'863'336);
  EXPECT_EQ(learned_parameters(build_zoo("vgg11")), 132'863'336);
}

TEST(Vgg, Vgg11HasTheLayersOfItsPlan) {
  const Network network = build_zoo("vgg11");
  EXPECT_EQ(count(network, "Conv"), 8);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(Vgg, Vgg16HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("vgg16"), 138'357'544);
  EXPECT_EQ(learned_parameters(build_zoo("vgg16")), 138'357'544);
}

TEST(Vgg, Vgg16HasTheLayersOfItsPlan) {
  const Network network = build_zoo("vgg16");
  EXPECT_EQ(count(network, "Conv"), 13);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(Vgg, Vgg19HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("vgg19"), 143'667'240);
  EXPECT_EQ(learned_parameters(build_zoo("vgg19")), 143'667'240);
}

TEST(Vgg, Vgg19HasTheLayersOfItsPlan) {
  const Network network = build_zoo("vgg19");
  EXPECT_EQ(count(network, "Conv"), 16);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
