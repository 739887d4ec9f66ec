// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(PlainPrior, DrawsStraightConvolutionsAndDenseHeads) {
  expect_lawful("plain", {"Conv", "MaxPool", "Gemm"});
}

}  // namespace forecost::measurement
