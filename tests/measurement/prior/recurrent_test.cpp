// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(RecurrentPrior, DrawsRecurrentLayers) {
  expect_lawful("recurrent", {"LSTM"});
}

}  // namespace forecost::measurement
