// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

using network::Builder;
using network::Value;

LoweredNetwork lowered(network::Network network, const Binding& binding = {}) {
  auto layered = infer(std::move(network), binding);
  EXPECT_TRUE(layered) << to_string(layered.error());
  auto result = lower(*layered, *find_runtime("torch"));
  EXPECT_TRUE(result) << to_string(result.error());
  return *std::move(result);
}

TEST(Torch, NothingIsFused) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 16, 14, 14});
  builder.output(builder.flatten(builder.relu(builder.conv(x, 32, {.kernel = {3, 3}}))));
  const LoweredNetwork network = lowered(builder.finish());
  ASSERT_EQ(network.kernels.size(), 3);
  EXPECT_EQ(network.kernels[0].path, "conv");
  EXPECT_EQ(network.kernels[0].activation, "");
  EXPECT_EQ(network.kernels[1].path, "unary");
  EXPECT_EQ(network.kernels[2].path, "alias");
}

TEST(Torch, EveryLayerOfTheZooThatIsNotFoldedIsOneKernelOfTheSameWork) {
  for (const char* name : {"mobilenet_v3_small", "vit_s_16", "lstm_tagger", "yolov5n"}) {
    const auto layered = infer((*network::find_zoo(name))->build({.batch = 2}));
    ASSERT_TRUE(layered) << name;
    const auto network = lower(*layered, *find_runtime("torch"));
    ASSERT_TRUE(network) << name << ": " << to_string(network.error());
    Macs macs{0};
    for (const Kernel& kernel : network->kernels) macs += kernel.cost.macs;
    EXPECT_EQ(macs, totals_of(*layered).macs) << name;
    std::vector<std::string> layers, kernels;
    for (const Layer& layer : layered->layers) {
      if (!layer.folded) layers.push_back(layer.name);
    }
    for (const Kernel& kernel : network->kernels) kernels.push_back(kernel.name);
    EXPECT_EQ(kernels, layers) << name;
  }
}

TEST(Torch, AFreeBatchIsBound) {
  const LoweredNetwork network = lowered((*network::find_zoo("lenet5"))->build({}), {.batch = 5});
  EXPECT_EQ(network.kernels.front().outputs.front().front(), 5);
}

}  // namespace
}  // namespace forecost::layer
