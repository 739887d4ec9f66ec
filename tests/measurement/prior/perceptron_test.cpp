// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(PerceptronPrior, DrawsDenseLayers) {
  expect_lawful("perceptron", {"Gemm"});
}

}  // namespace forecost::measurement
