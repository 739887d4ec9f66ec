// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(OperatorsPrior, DrawsManyOperators) {
  expect_lawful("operators", {});
}

}  // namespace forecost::measurement
