// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Yolo, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("yolov5n"), 1'872'157);
  EXPECT_EQ(learned_parameters(build_zoo("yolov5n")), 1'872'157);
}

TEST(Yolo, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("yolov5n");
  EXPECT_EQ(count(network, "Sigmoid"), 60);  // 57 units and three heads
  EXPECT_EQ(output_shape(network), (Shape{1, 25200, 85}));
}

}  // namespace
}  // namespace forecost::network
