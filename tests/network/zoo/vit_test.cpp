// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Vit, VitB16HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("vit_b_16"), 86'567'656);
  EXPECT_EQ(learned_parameters(build_zoo("vit_b_16")), 86'567'656);
}

TEST(Vit, VitB16HasTheLayersOfItsPlan) {
  const Network network = build_zoo("vit_b_16");
  EXPECT_EQ(count(network, "Softmax"), 12);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

TEST(Vit, VitS16HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("vit_s_16"), 22'050'664);
  EXPECT_EQ(learned_parameters(build_zoo("vit_s_16")), 22'050'664);
}

TEST(Vit, VitS16HasTheLayersOfItsPlan) {
  const Network network = build_zoo("vit_s_16");
  EXPECT_EQ(count(network, "Softmax"), 12);
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
