// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(ModernPrior, DrawsChannelsLastBlocks) {
  expect_lawful("modern", {"Conv", "LayerNormalization", "Transpose"});
}

}  // namespace forecost::measurement
