// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(MobilePrior, DrawsDepthwiseBlocks) {
  expect_lawful("mobile", {"Conv", "BatchNormalization", "Add", "GlobalAveragePool"});
}

}  // namespace forecost::measurement
