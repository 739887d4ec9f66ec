// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/network/zoo/zoo_check.h"

namespace forecost::network {
namespace {

TEST(Bert, BertBaseHasThePublishedParameters) {
  EXPECT_EQ(published_parameters("bert_base"), 109'482'240);
  EXPECT_EQ(learned_parameters(build_zoo("bert_base")), 109'482'240);
}

TEST(Bert, BertBaseHasTheLayersOfItsPlan) {
  const Network network = build_zoo("bert_base");
  EXPECT_EQ(count(network, "LayerNormalization"), 25);  // two per layer and one after the embeddings
  EXPECT_EQ(output_shape(network), (Shape{1, 128, 768}));
}

TEST(Bert, DistilbertHasThePublishedParameters) {
  EXPECT_EQ(published_parameters("distilbert"), 66'362'880);
  EXPECT_EQ(learned_parameters(build_zoo("distilbert")), 66'362'880);
}

TEST(Bert, DistilbertHasTheLayersOfItsPlan) {
  const Network network = build_zoo("distilbert");
  EXPECT_EQ(count(network, "LayerNormalization"), 13);  // two per layer and one after the embeddings
  EXPECT_EQ(output_shape(network), (Shape{1, 128, 768}));
}

}  // namespace
}  // namespace forecost::network
