// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "forecost/predictor/validation.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(NeuralPower, NeverSaysLessThanItsAuthorsClampForConvolutions) {
  const auto predictor = find_family("neuralpower")->fit(synthetic::table(), {});
  ASSERT_TRUE(predictor.has_value()) << to_string(predictor.error());
  const std::vector<layer::Kernel> kernels{
      synthetic::conv({.channels = 4, .filters = 4, .size = 4, .kernel = 1})};
  const auto forecasts = (*predictor)->predict(*(*predictor)->compile(kernels));
  EXPECT_GE(forecasts.front().time.value, 0.105e-3);  // max(y, 0.105) in predict_runtime_power.py
}

TEST(NeuralPower, IsWorseOnManyMagnitudesThanThePathModel) {
  const auto table = synthetic::table();
  const auto published = cross_validate(*find_family("neuralpower"), table, 3);
  const auto ours = cross_validate(*find_family("path_model"), table, 3);
  ASSERT_TRUE(published.has_value() && ours.has_value());
  EXPECT_GT(published->kernels.mape, ours->kernels.mape);
}

}  // namespace
}  // namespace forecost::predictor
