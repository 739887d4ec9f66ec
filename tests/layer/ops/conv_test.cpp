// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/op_rule.h"
#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

TEST(Conv, AlexNetConv1Does210830400Operations) {
  // 2 x 96*55*55 x 3*11*11, Krizhevsky et al. 2012, input padded to 227.
  const auto made =
      called("Conv", {input({1, 3, 227, 227}), constant({96, 3, 11, 11})}, {{"strides", Ints{4, 4}}});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{1, 96, 55, 55}));
  EXPECT_EQ(made.cost.operations.value, 210'830'400);
  EXPECT_EQ(made.cost.parameters, 96 * 3 * 11 * 11);
}

}  // namespace
}  // namespace forecost::layer
