// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(DensePredictionPrior, DrawsDecodersAndDetectors) {
  expect_lawful("dense_prediction",
                {"ConvTranspose", "Concat", "MaxPool", "InstanceNormalization", "Resize"});
}

}  // namespace forecost::measurement
