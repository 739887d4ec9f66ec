// SPDX-License-Identifier: Apache-2.0
#include "tests/measurement/prior/prior_laws.h"

namespace forecost::measurement {

TEST(TransformerPrior, DrawsAttentionBlocks) {
  expect_lawful("transformer", {"MatMul", "Softmax", "LayerNormalization", "Erf"});
}

}  // namespace forecost::measurement
