// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(ResidualPrior, DrawsResidualBlocks) {
  expect_lawful("residual", {"Conv", "BatchNormalization", "Add", "Relu"});
}

}  // namespace forecost::measurement
