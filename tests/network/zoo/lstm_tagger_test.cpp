// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(LstmTagger, HasThePublishedParameters) {
  EXPECT_EQ(published_parameters("lstm_tagger"), 1'239'889);
  EXPECT_EQ(learned_parameters(build_zoo("lstm_tagger")), 1'239'889);
}

TEST(LstmTagger, HasTheLayersOfItsPlan) {
  const Network network = build_zoo("lstm_tagger");
  EXPECT_EQ(count(network, "LSTM"), 1);
  EXPECT_EQ(output_shape(network), (Shape{1, 32, 17}));
}

}  // namespace
}  // namespace forecost::network
