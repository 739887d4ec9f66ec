// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(BranchingPrior, DrawsConcatenatingBranches) {
  expect_lawful("branching", {"Conv", "Concat", "AveragePool"});
}

}  // namespace forecost::measurement
