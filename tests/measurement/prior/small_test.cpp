// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(SmallPrior, DrawsNarrowConvolutionsOnFewPixels) {
  expect_lawful("small", {"Conv", "MaxPool", "AveragePool", "Gemm", "Tanh"});
}

}  // namespace forecost::measurement
