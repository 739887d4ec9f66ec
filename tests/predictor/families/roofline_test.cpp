// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(Roofline, AConvolutionAboveTheRidgeTakesItsOperationsOverThePeak) {
  const Family& family = *find_family("roofline");
  const auto predictor = family.fit({.card = synthetic::card(), .kernels = {}, .networks = {}}, {});
  ASSERT_TRUE(predictor.has_value());
  const std::vector<layer::Kernel> kernels{synthetic::conv({})};
  const auto forecast = (*predictor)->predict(*(*predictor)->compile(kernels)).front();
  // 2 * 64 * 56 * 56 * 64 * 9 operations at 100 Gop/s
  EXPECT_NEAR(forecast.time.value, 231211008 / 100e9, 1e-12);
  EXPECT_EQ(forecast.bound, Bound::compute);
}

}  // namespace
}  // namespace forecost::predictor
