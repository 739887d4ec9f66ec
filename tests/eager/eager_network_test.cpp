// SPDX-License-Identifier: Apache-2.0
#include "eager/eager_network.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eager/eager_step.h"
#include "forecost/network/builder.h"
#include "forecost/network/writer.h"
#include "forecost/network/zoo.h"

namespace forecost::eager {
namespace {

using testing::HasSubstr;

EagerNetwork made(const network::Network& network, const EagerOptions& options = {}) {
  auto layered = layer::infer(network);
  EXPECT_TRUE(layered) << to_string(layered.error());
  auto eager = EagerNetwork::make(*std::move(layered), options);
  EXPECT_TRUE(eager) << to_string(eager.error());
  return *std::move(eager);
}

/// The law behind all others: what is timed computes what any runtime computes.
class SameNumbers : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto runner = device::find_runner("onnxruntime")->open(*system_, {});
    if (!runner) GTEST_SKIP() << "skipped: " << to_string(runner.error());
    runner_ = std::move(*runner);
  }
  std::unique_ptr<device::System> system_ = device::this_machine();
  std::unique_ptr<device::Runner> runner_;
};

TEST_P(SameNumbers, AsOnnxRuntime) {
  const at::NoGradGuard no_gradients;
  const network::ZooOptions sizes{.batch = 2, .sequence = 16};
  const network::Network network = (*network::find_zoo(GetParam()))->build(sizes);
  const EagerNetwork eager = made(network);
  const auto ours = eager.named(eager.forward());
  const auto bytes = network::serialise(network);
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  const auto session = runner_->open({.bytes = *bytes}, {});
  ASSERT_TRUE(session) << to_string(session.error());
  const auto theirs = (*session)->outputs();
  ASSERT_TRUE(theirs) << to_string(theirs.error());
  ASSERT_EQ(ours.size(), theirs->size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(ours[i].shape, (*theirs)[i].shape);
    double difference = 0, size = 0;
    for (std::size_t k = 0; k < ours[i].values.size(); ++k) {
      const double a = ours[i].values[k];
      const double b = (*theirs)[i].values[k];
      ASSERT_TRUE(std::isfinite(a));
      difference = std::max(difference, std::abs(a - b));
      size = std::max(size, std::abs(b));
    }
    // Sums of float32 in another order, through up to a hundred layers.
    EXPECT_LE(difference, 2e-3 * size) << ours[i].name;
    EXPECT_GT(size, 0);
  }
}

// The largest (VGG, OverFeat, Wide ResNet, GPT-2, BERT-base, ViT-B) take gigabytes of weights made twice;
// their operators are those of the ones below.
INSTANTIATE_TEST_SUITE_P(Zoo, SameNumbers,
                         testing::Values("lenet5", "mlp", "cifar10_6conv", "nin", "googlenet", "inception_v3",
                                         "resnet18", "resnet50", "resnext50_32x4d", "densenet121",
                                         "squeezenet1_1", "mobilenet_v1", "mobilenet_v2",
                                         "mobilenet_v3_small", "mnasnet1_0", "shufflenet_v2_x1_0",
                                         "efficientnet_b0", "regnet_y_400mf", "convnext_tiny", "vit_s_16",
                                         "distilbert", "lstm_tagger", "unet", "yolov5n"),
                         [](const auto& name) { return std::string(name.param); });

TEST(EagerNetwork, EveryNetworkOfTheZooHasItsOperators) {
  for (const network::ZooEntry& entry : network::zoo_entries()) {
    const auto layered = layer::infer(entry.build({}));
    ASSERT_TRUE(layered) << entry.name;
    for (const layer::Layer& layer : layered->layers) {
      EXPECT_NE(trainer::find_op(layer.op), nullptr) << entry.name << ": " << layer.op;
    }
  }
}

TEST(EagerNetwork, AnOperatorThatIsMissingIsNamedWithItsLayer) {
  network::Builder builder("odd");
  const network::Value x = builder.input("x", {2, 3});
  builder.output(builder.same("Asinh", {x}));
  auto layered = layer::infer(builder.finish());
  ASSERT_TRUE(layered);
  const auto eager = EagerNetwork::make(*std::move(layered), {});
  ASSERT_FALSE(eager);
  EXPECT_EQ(eager.error().fault, Fault::unsupported);
  EXPECT_THAT(eager.error().what, HasSubstr("Asinh"));
}

TEST(EagerNetwork, WhatFollowsFromConstantsAloneIsComputedOnce) {
  const EagerNetwork eager = made((*network::find_zoo("vit_s_16"))->build({}));
  std::size_t ran = 0;
  const at::NoGradGuard no_gradients;
  (void)eager.forward([&](std::size_t index) {
    ++ran;
    EXPECT_FALSE(eager.network().layers[index].folded);
  });
  std::size_t live = 0;
  for (const layer::Layer& layer : eager.network().layers) live += layer.folded ? 0 : 1;
  EXPECT_EQ(ran, live);
}

TEST(EagerNetwork, InBfloat16AllRealsAreSo) {
  const at::NoGradGuard no_gradients;
  const EagerNetwork eager =
      made((*network::find_zoo("mlp"))->build({}), {.device = at::kCPU, .number = at::kBFloat16});
  EXPECT_EQ(eager.forward().front().scalar_type(), at::kBFloat16);
}

TEST(EagerStep, ATrainingStepMovesEveryLearnedTensorDownTheLoss) {
  for (const char* optimiser : {"sgd", "adam"}) {
    const EagerNetwork eager = made((*network::find_zoo("lenet5"))->build({.batch = 4}), {.learns = true});
    const auto system = device::this_machine();
    const auto step = training_step(eager, optimiser, *system);
    ASSERT_TRUE(step) << to_string(step.error());
    std::vector<at::Tensor> before;
    for (const at::Tensor& tensor : eager.learned()) before.push_back(tensor.detach().clone());
    std::int64_t learned = 0;
    for (const at::Tensor& tensor : eager.learned()) learned += tensor.numel();
    EXPECT_EQ(learned, layer::totals_of(eager.network()).parameters);
    const double loss = EagerNetwork::loss(eager.forward()).item<double>();
    for (int i = 0; i < 50; ++i) {
      const StepTimes times = (*step)->run();
      EXPECT_GE(times.whole.value, (times.forward + times.backward + times.update).value - 1e-9);
      EXPECT_GT(times.backward.value, 0);
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_FALSE(before[i].equal(eager.learned()[i].detach())) << i;
    }
    EXPECT_LT(EagerNetwork::loss(eager.forward()).item<double>(), loss) << optimiser;
  }
}

TEST(EagerStep, WhatHasNothingToLearnIsRefused) {
  network::Builder builder("plain");
  builder.output(builder.relu(builder.input("x", {2, 3})));
  const EagerNetwork eager = made(builder.finish(), {.learns = true});
  const auto step = training_step(eager, "sgd", *device::this_machine());
  ASSERT_FALSE(step);
  EXPECT_THAT(step.error().what, HasSubstr("nothing to learn"));
}

TEST(EagerStep, LayersAreTimedInOrderUnderTheirNames) {
  const EagerNetwork eager = made((*network::find_zoo("lenet5"))->build({}));
  const auto system = device::this_machine();
  const auto times = layer_times(eager, *system);
  std::vector<std::string> names, layers;
  for (const device::NodeTime& time : times) names.push_back(time.node);
  for (const layer::Layer& layer : eager.network().layers) {
    if (!layer.folded) layers.push_back(layer.name);
  }
  EXPECT_EQ(names, layers);
}

}  // namespace
}  // namespace forecost::eager
