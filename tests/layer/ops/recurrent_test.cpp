// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layer/ops/calling.h"

namespace forecost::layer {
namespace {

using ::testing::HasSubstr;

TEST(LSTM, StepsTimesBatchTimesFourGates) {
  // T * B * 4H * (I + H) with T = 50, B = 2, I = 100, H = 128: PyTorch's LSTM(100, 128) has 4H(I + H)
  // weights.
  const auto made = called(
      "LSTM", {input({50, 2, 100}), constant({1, 512, 100}), constant({1, 512, 128}), constant({1, 1024})},
      {{"hidden_size", std::int64_t{128}}}, {.outputs = 3});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{50, 1, 2, 128}));
  EXPECT_EQ(made.shape(1), (Shape{1, 2, 128}));
  EXPECT_EQ(made.shape(2), (Shape{1, 2, 128}));
  EXPECT_EQ(made.cost.macs.value, 50 * 2 * 512 * (100 + 128));
  EXPECT_EQ(made.cost.parameters, 512 * (100 + 128) + 1024);
  EXPECT_EQ(made.cost.extents.k, 228);
}

TEST(LSTM, BatchFirstAndBothDirections) {
  const auto made =
      called("LSTM", {input({2, 50, 16}), constant({2, 32, 16}), constant({2, 32, 8})},
             {{"direction", std::string("bidirectional")}, {"layout", std::int64_t{1}}}, {.outputs = 2});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(0), (Shape{2, 50, 2, 8}));
  EXPECT_EQ(made.shape(1), (Shape{2, 2, 8}));
  EXPECT_EQ(made.cost.macs.value, 2 * 50 * 2 * 32 * (16 + 8));
}

TEST(GRU, HasThreeGatesAndRnnOne) {
  const auto gru =
      called("GRU", {input({5, 1, 6}), constant({1, 12, 6}), constant({1, 12, 4})}, {}, {.outputs = 2});
  ASSERT_TRUE(gru.outputs) << to_string(gru.outputs.error());
  EXPECT_EQ(gru.cost.macs.value, 5 * 12 * 10);
  const auto rnn =
      called("RNN", {input({5, 1, 6}), constant({1, 4, 6}), constant({1, 4, 4})}, {}, {.outputs = 2});
  ASSERT_TRUE(rnn.outputs) << to_string(rnn.outputs.error());
  EXPECT_EQ(rnn.cost.macs.value, 5 * 4 * 10);
}

TEST(LSTM, QuantisedWeightsAreTransposed) {
  const auto made = called(
      "DynamicQuantizeLSTM",
      {input({5, 1, 6}), constant({1, 6, 16}, ElementType::int8), constant({1, 4, 16}, ElementType::int8)},
      {}, {.domain = "com.microsoft"});
  ASSERT_TRUE(made.outputs) << to_string(made.outputs.error());
  EXPECT_EQ(made.shape(), (Shape{5, 1, 1, 4}));
  EXPECT_EQ(made.cost.macs.value, 5 * 16 * 10);
}

TEST(LSTM, WeightsThatDoNotFitAreRefusedWithTheRightShape) {
  const auto made = called("LSTM", {input({5, 1, 7}), constant({1, 16, 6}), constant({1, 16, 4})});
  ASSERT_FALSE(made.outputs);
  EXPECT_THAT(made.outputs.error().hint, HasSubstr("[1, 16, 7]"));
  const auto directions = called("LSTM", {input({5, 1, 6}), constant({2, 16, 6}), constant({2, 16, 4})});
  ASSERT_FALSE(directions.outputs);
  EXPECT_THAT(directions.outputs.error().hint, HasSubstr("bidirectional"));
  EXPECT_FALSE(called("LSTM", {input({5, 1, 6}), constant({1, 16, 6}), constant({1, 16, 4})},
                      {{"hidden_size", std::int64_t{5}}})
                   .outputs);
}

}  // namespace
}  // namespace forecost::layer
