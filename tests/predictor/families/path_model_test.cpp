// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/predictor/validation.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(PathModel, RecoversAKnownDeviceToItsNoise) {
  const auto validation = cross_validate(*find_family("path_model"), synthetic::table(), 4);
  ASSERT_TRUE(validation.has_value()) << to_string(validation.error());
  // Noise of 3 % alone makes a MAPE of 2.4 %.
  EXPECT_LT(validation->kernels.mape, 0.05);
  EXPECT_LT(validation->networks.mape, 0.02);
}

}  // namespace
}  // namespace forecost::predictor
