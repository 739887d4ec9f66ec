// SPDX-License-Identifier: Apache-2.0
#include "trainer/trainable_network.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/device/inputs.h"
#include "forecost/device/runner.h"
#include "forecost/network/builder.h"
#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/template.h"

namespace forecost::trainer {
namespace {

using ::testing::HasSubstr;

network::Network from_layers(const std::string& layers, const std::string& input = "[3, 16, 16]") {
  const auto tree = search::parse_toml("input = " + input + "\nlayers = [" + layers + "]", "t").value();
  const auto space = search::Space::make({{.name = "none"}}).value();
  const auto shape = search::Template::parse(tree, space);
  EXPECT_TRUE(shape.has_value()) << to_string(shape.error());
  return shape->build({{0.5}}).value();
}

TrainableNetwork made(const network::Network& network, std::uint64_t seed = 1) {
  auto trainable = TrainableNetwork::make(network, seed);
  EXPECT_TRUE(trainable.has_value()) << to_string(trainable.error());
  return *std::move(trainable);
}

const std::string everything = R"(
  {type = "conv", channels = 8, kernel = 4, stride = 2, norm = true, activation = "silu"},
  {type = "max_pool", kernel = 2},
  {type = "residual", channels = 12, stride = 2, activation = "hard_swish"},
  {type = "inverted_residual", channels = 12, squeeze = 0.25},
  {type = "bottleneck", channels = 16, activation = "gelu"},
  {type = "depthwise", norm = true, activation = "relu6"},
  {type = "global_average_pool"},
  {type = "linear", features = 10})";

const std::string plain = R"(
  {type = "conv", channels = 8, kernel = 4, stride = 2, norm = true, activation = "silu"},
  {type = "max_pool", kernel = 2},
  {type = "residual", channels = 12, stride = 2},
  {type = "inverted_residual", channels = 12},
  {type = "flatten"},
  {type = "linear", features = 20, activation = "tanh"},
  {type = "linear", features = 10})";

const std::string tokens = R"(
  {type = "patches", width = 12, size = 4},
  {type = "transformer", heads = 3, repeat = 2},
  {type = "token_mean"},
  {type = "linear", features = 10})";

/// The law behind all others: what is trained is the network as any runtime runs it.
class SameNumbers : public ::testing::TestWithParam<std::string> {};

/// Outputs by the best runner here that has all the operators, or none.
std::optional<std::vector<device::Output>> outputs_of(const std::string& bytes) {
  const auto system = device::this_machine();  // outlives the runners
  for (const device::RunnerCard& card : device::runner_list()) {
    const auto runner = card.open(*system, {});
    if (!runner) continue;
    const auto session = (*runner)->open({.bytes = bytes}, {});
    if (session) return (*session)->outputs().value();
  }
  return std::nullopt;
}

TEST_P(SameNumbers, AsARuntimeGives) {
  TrainableNetwork trainable = made(from_layers(GetParam()), 3);
  const network::Network network = trainable.with_weights();
  const auto bytes = network::serialise(network);
  ASSERT_TRUE(bytes.has_value()) << to_string(bytes.error());
  const auto outputs = outputs_of(*bytes);
  if (!outputs) GTEST_SKIP() << "skipped: no runner here has all the operators";
  auto input =
      device::generated({.name = network.graph.inputs.front().name, .shape = {1, 3, 16, 16}}).value();
  const at::Tensor image = at::from_blob(input.data(), {1, 3, 16, 16}, at::kFloat);
  const at::Tensor logits = trainable.logits(image, Mode::judged);
  ASSERT_EQ(logits.numel(), std::ssize(outputs->front().values));
  const auto scale = std::max(1.0, logits.abs().max().item<double>());
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    // two orders of summation in float through some 30 layers
    EXPECT_NEAR(logits[0][i].item<double>(), outputs->front().values[static_cast<std::size_t>(i)],
                1e-4 * scale);
  }
}

INSTANTIATE_TEST_SUITE_P(Templates, SameNumbers, ::testing::Values(plain, everything, tokens));

class EveryLayer : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryLayer, TakesAnyBatchAndGivesAGradientToEveryWeight) {
  TrainableNetwork network = made(from_layers(GetParam()));
  const at::Tensor logits = network.logits(at::rand({5, 3, 16, 16}), Mode::learning);
  EXPECT_EQ(logits.sizes().vec(), (std::vector<std::int64_t>{5, 10}));
  at::cross_entropy_loss(logits, at::zeros({5}, at::kLong)).backward();
  for (const auto& item : network.learned()) {
    EXPECT_TRUE(item.second.grad().defined()) << item.first;
  }
}

INSTANTIATE_TEST_SUITE_P(Templates, EveryLayer, ::testing::Values(everything, tokens));

TEST(TrainableNetwork, LearnsAsManyParametersAsTheBuilderCounts) {
  for (const std::string& layers : {everything, tokens}) {
    const network::Network network = from_layers(layers);
    EXPECT_EQ(made(network).parameters(), network::learned_parameters(network));
  }
}

TEST(TrainableNetwork, EveryBuiltInSpaceCanBeTrained) {
  for (const search::SpaceEntry& entry : search::space_list()) {
    const search::Space space = entry.space();
    const auto network = entry.build(space, space.decode(std::vector<double>(space.size(), 0.5)));
    ASSERT_TRUE(network.has_value()) << entry.name;
    EXPECT_TRUE(TrainableNetwork::make(*network, 1).has_value()) << entry.name;
  }
}

TEST(TrainableNetwork, DoesNotNeedTheWeightsOfItsFile) {
  const network::Network network = from_layers(everything);
  const std::string hollow = network::serialise(network, network::Payload::hollow).value();
  const auto read = network::read(std::as_bytes(std::span(hollow)), "hollow").value();
  const at::Tensor x = at::ones({2, 3, 16, 16});
  EXPECT_TRUE(made(network).logits(x, Mode::judged).equal(made(read).logits(x, Mode::judged)));
}

TEST(TrainableNetwork, SeedsDrawDifferentWeights) {
  const network::Network network = from_layers(everything);
  const at::Tensor x = at::ones({1, 3, 16, 16});
  EXPECT_TRUE(made(network, 1).logits(x, Mode::judged).equal(made(network, 1).logits(x, Mode::judged)));
  EXPECT_FALSE(made(network, 1).logits(x, Mode::judged).equal(made(network, 2).logits(x, Mode::judged)));
}

TEST(TrainableNetwork, KernelsBeforeARectifierAreWiderThanOthers) {
  const network::Network network = from_layers(
      R"({type = "linear", features = 300, activation = "relu"}, {type = "linear", features = 300, activation = "tanh"},
         {type = "linear", features = 300})",
      "[300]");
  const std::map<std::string, Start> starts = starts_of(network.graph);
  std::vector<std::string> kernels;
  std::vector<std::string> biases;
  for (const network::Tensor& tensor : network.graph.initializers) {
    (tensor.name.ends_with(".weight") ? kernels : biases).push_back(tensor.name);
  }
  ASSERT_EQ(kernels.size(), 3U);
  EXPECT_NEAR(starts.at(kernels[0]).deviation, std::sqrt(2.0 / 300), 1e-12);  // He
  EXPECT_NEAR(starts.at(kernels[1]).deviation, std::sqrt(2.0 / 600), 1e-12);  // Glorot
  EXPECT_NEAR(starts.at(kernels[2]).deviation, std::sqrt(2.0 / 600), 1e-12);
  const TrainableNetwork trainable = made(network);
  // deviation of a deviation of 90000 numbers: 0.24 %, five of them
  EXPECT_NEAR(trainable.learned().at(kernels[0]).std().item<double>() / std::sqrt(2.0 / 300), 1, 0.012);
  EXPECT_EQ(trainable.learned().at(biases[0]).abs().max().item<double>(), 0);
}

TEST(TrainableNetwork, ScalesOfNormalisationsStartWhereTheFileSays) {
  network::Builder b("n");
  const network::Value x = b.batch_norm(b.input("input", {1, 3, 8, 8}), {.scale = 0.25});
  b.output(b.linear(b.flatten(x), 4), "output");
  const TrainableNetwork network = made(b.finish());
  EXPECT_EQ(network.learned().at("BatchNormalization_0.weight").mean().item<double>(), 0.25);
  EXPECT_FALSE(network.learned().contains("BatchNormalization_0.running_mean"));
}

TEST(TrainableNetwork, ALastSoftmaxIsLeftToTheLoss) {
  network::Builder b("n");
  const network::Value x = b.linear(b.input("input", {1, 9}), 4);
  b.output(b.softmax(x), "output");
  TrainableNetwork network = made(b.finish());
  const at::Tensor logits = network.logits(at::ones({1, 9}).mul(100), Mode::judged);
  EXPECT_GT(logits.abs().max().item<double>(), 1);
}

TEST(TrainableNetwork, AnOperatorWithoutGradientIsNamed) {
  network::Builder b("n");
  const network::Value x = b.input("input", {1, 9});
  b.output(b.same("NonZero", {x}), "output");
  const auto trainable = TrainableNetwork::make(b.finish(), 1);
  ASSERT_FALSE(trainable.has_value());
  EXPECT_THAT(trainable.error().what, HasSubstr("no operator NonZero"));
  EXPECT_THAT(trainable.error().hint, HasSubstr("command"));
}

}  // namespace
}  // namespace forecost::trainer
