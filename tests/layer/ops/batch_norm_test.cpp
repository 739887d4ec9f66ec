// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(BatchNorm, StatisticsAreNotParameters) {
  // torchvision counts the weight and bias of a BatchNorm2d, not its running statistics.
  const auto made = called("BatchNormalization", {input({1, 64, 56, 56}), constant({64}), constant({64}),
                                                  constant({64}), constant({64})});
  EXPECT_EQ(made.shape(), (Shape{1, 64, 56, 56}));
  EXPECT_EQ(made.cost.parameters, 128);
  EXPECT_EQ(made.cost.weights.value, 4 * 64 * 4);
  EXPECT_EQ(made.cost.operations.value, 2 * 64 * 56 * 56);
}

TEST(BatchNorm, WrongChannelsAreRefused) {
  const auto made = called("BatchNormalization", {input({1, 64, 56, 56}), constant({64}), constant({32}),
                                                  constant({64}), constant({64})});
  ASSERT_FALSE(made.outputs);
  EXPECT_NE(made.outputs.error().hint.find("per channel"), std::string::npos);
}

}  // namespace
}  // namespace forecost::layer
