// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(DenseNet, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("densenet121"), 7'978'856);
  EXPECT_EQ(learned_parameters(build_zoo("densenet121")), 7'978'856);
}

TEST(DenseNet, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("densenet121");
  EXPECT_EQ(count(network, "Conv"), 120);  // 121 layers with weights, one of them dense
  EXPECT_EQ(output_shape(network), (Shape{1, 1000}));
}

}  // namespace
}  // namespace forecost::network
