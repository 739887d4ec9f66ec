// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Gpt2, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("gpt2"), 124'439'808);
  EXPECT_EQ(learned_parameters(build_zoo("gpt2")), 124'439'808);
}

TEST(Gpt2, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("gpt2");
  EXPECT_EQ(count(network, "Gemm"), 48);  // four per layer
  EXPECT_EQ(output_shape(network), (Shape{1, 128, 50257}));
}

}  // namespace
}  // namespace forecost::network
