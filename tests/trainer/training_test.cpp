// SPDX-License-Identifier: Apache-2.0
#include "trainer/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/network/builder.h"
#include "forecost/training/data_entry.h"

namespace forecost::trainer {
namespace {

using network::Builder;
using network::Value;
using ::testing::HasSubstr;
using training::ImageData;
using training::Recipe;

constexpr std::int64_t side = 16;

network::Network linear_network() {
  Builder b("linear");
  b.output(b.linear(b.flatten(b.input("input", {1, 1, side, side})), 10), "output");
  return b.finish();
}

network::Network small_cnn() {
  Builder b("cnn");
  Value x = b.input("input", {1, 1, side, side});
  x = b.relu(b.batch_norm(b.conv(x, 12, {.kernel = {3, 3}})));
  x = b.max_pool(x, {});
  x = b.relu(b.batch_norm(b.conv(x, 24, {.kernel = {3, 3}})));
  x = b.max_pool(x, {});
  x = b.relu(b.linear(b.flatten(x), 64));
  b.output(b.linear(x, 10), "output");
  return b.finish();
}

ImageData glyphs(std::int64_t train, std::int64_t held_out) {
  return training::find_data("glyphs")
      ->load({.height = side, .width = side, .train = train, .held_out = held_out})
      .value();
}

bool go_on(std::int64_t /*epoch*/, const Score& /*score*/) {
  return true;
}

Result<Score> trained(const network::Network& network, const ImageData& data, const Recipe& recipe) {
  TrainableNetwork trainable =
      TrainableNetwork::make(network, static_cast<std::uint64_t>(recipe.seed)).value();
  return train(trainable, data, recipe, go_on);
}

TEST(Training, ASmallConvolutionalNetworkReadsGlyphsThatALinearOneCannot) {
  const ImageData data = glyphs(3000, 500);
  Recipe recipe;
  recipe.epochs = 5;
  recipe.learning_rate = 0.05;
  const auto cnn = trained(small_cnn(), data, recipe);
  recipe.learning_rate = 0.01;
  const auto linear = trained(linear_network(), data, recipe);
  ASSERT_TRUE(cnn.has_value() && linear.has_value());
  EXPECT_LT(cnn->error, 0.3);
  EXPECT_GT(linear->error, cnn->error + 0.3);
}

TEST(Training, TheSameArgumentsGiveTheSameBits) {
  const ImageData data = glyphs(300, 100);
  Recipe recipe;
  recipe.epochs = 2;
  const auto first = trained(small_cnn(), data, recipe);
  const auto again = trained(small_cnn(), data, recipe);
  recipe.seed = 2;
  const auto other = trained(small_cnn(), data, recipe);
  EXPECT_EQ(first->loss, again->loss);
  EXPECT_EQ(first->train_loss, again->train_loss);
  EXPECT_NE(first->loss, other->loss);
}

TEST(Training, AdamLearnsToo) {
  const ImageData data = glyphs(600, 200);
  Recipe recipe;
  recipe.optimiser = "adam";
  recipe.learning_rate = 0.003;
  recipe.epochs = 8;
  EXPECT_LT(trained(small_cnn(), data, recipe)->train_loss, 1.8);  // ln 10 = 2.3 is chance
}

TEST(Training, TooHighARateIsAFailureWithItsStep) {
  Recipe recipe;
  recipe.learning_rate = 1000;
  recipe.epochs = 20;
  recipe.schedule = "constant";
  Builder b("two factors");
  b.output(b.linear(b.linear(b.flatten(b.input("input", {1, 1, side, side})), 20), 10), "output");
  const auto score = trained(b.finish(), glyphs(300, 100), recipe);
  if (score) GTEST_FAIL() << "the loss stayed finite at " << score->loss;
  EXPECT_THAT(score.error().what, HasSubstr("diverged: the loss is"));
  EXPECT_THAT(score.error().what, HasSubstr("epoch"));
  EXPECT_THAT(score.error().hint, HasSubstr("learning rate"));
}

TEST(Training, TellsEachEpochAndEndsWhenAskedTo) {
  TrainableNetwork network = TrainableNetwork::make(small_cnn(), 1).value();
  std::vector<std::int64_t> epochs;
  Recipe recipe;
  recipe.epochs = 5;
  const auto score = train(network, glyphs(200, 50), recipe, [&epochs](std::int64_t epoch, const Score&) {
    epochs.push_back(epoch);
    return epoch < 2;
  });
  EXPECT_TRUE(score.has_value());
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{1, 2}));
}

TEST(Training, WeightDecayShrinksKernelsAndNothingElse) {
  Recipe recipe;
  recipe.epochs = 1;
  recipe.learning_rate = 0.1;
  recipe.momentum = 0;
  recipe.schedule = "constant";
  const ImageData data = glyphs(64, 10);
  const auto weights_after = [&](double decay) {
    recipe.weight_decay = decay;
    TrainableNetwork network = TrainableNetwork::make(linear_network(), 1).value();
    EXPECT_TRUE(train(network, data, recipe, go_on).has_value());
    return network.learned();
  };
  const auto free = weights_after(0);
  const auto decayed = weights_after(0.5);
  // One step: w - rate * (gradient + decay * w). The difference is rate * decay = 5 % of the first weights.
  const at::Tensor first =
      TrainableNetwork::make(linear_network(), 1)->learned().at("Gemm_1.weight").detach();
  const at::Tensor moved = free.at("Gemm_1.weight").detach().sub(decayed.at("Gemm_1.weight").detach());
  EXPECT_TRUE(moved.allclose(first.mul(0.05), 1e-3, 1e-6));
  EXPECT_TRUE(free.at("Gemm_1.bias").allclose(decayed.at("Gemm_1.bias")));
}

TEST(Training, FlatNetworksAndSmallSetsWork) {
  Builder b("flat");
  b.output(b.linear(b.input("input", {1, side * side}), 10), "output");
  Recipe recipe;
  recipe.batch = 1000;
  recipe.epochs = 1;
  EXPECT_TRUE(trained(b.finish(), glyphs(20, 5), recipe).has_value());
}

TEST(Training, WhatLibtorchRefusesIsAnErrorInItsWords) {
  Builder b("wrong");
  const Value x = b.flatten(b.input("input", {1, 1, 8, 8}));
  b.output(b.linear(x, 10), "output");
  const auto score = trained(b.finish(), glyphs(20, 5), {});
  ASSERT_FALSE(score.has_value());
  EXPECT_THAT(score.error().what, HasSubstr("libtorch: "));
}

}  // namespace
}  // namespace forecost::trainer
