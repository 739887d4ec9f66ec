// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Mlp, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("mlp"), 669'706);
  EXPECT_EQ(learned_parameters(build_zoo("mlp")), 669'706);
}

TEST(Mlp, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("mlp");
  EXPECT_EQ(count(network, "Gemm"), 3);
  EXPECT_EQ(output_shape(network), (Shape{1, 10}));
}

}  // namespace
}  // namespace forecost::network
