// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(QuantisedPrior, DrawsIntegerLayers) {
  expect_lawful("quantised", {"QLinearConv"});
}

}  // namespace forecost::measurement
