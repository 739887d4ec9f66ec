// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/space_entry.h"

namespace forecost::search {
namespace {

TEST(Nasbench201, Has15625Designs) {
  EXPECT_EQ(find_space("nasbench201")->space().cardinality(), 15625);
}

TEST(Nasbench201, AllConvolutionsOf3x3HaveTheParametersOfTheBenchmark) {
  const SpaceEntry& entry = *find_space("nasbench201");
  const Space space = entry.space();
  const auto network = entry.build(space, {{3, 3, 3, 3, 3, 3}}).value();
  const auto totals = layer::totals_of(layer::infer(network).value());
  // |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+...: 1.531 M parameters, 220.1 M operations (Dong and
  // Yang 2020, CIFAR-10), to the digits of the publication
  EXPECT_NEAR(static_cast<double>(totals.parameters) * 1e-6, 1.531, 0.001);
  EXPECT_NEAR(static_cast<double>(totals.macs.value) * 1e-6, 220.1, 0.2);
}

}  // namespace
}  // namespace forecost::search
