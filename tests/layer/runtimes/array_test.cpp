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

LoweredNetwork lowered(network::Network network) {
  auto layered = infer(std::move(network));
  EXPECT_TRUE(layered) << to_string(layered.error());
  auto result = lower(*layered, *find_runtime("array"));
  EXPECT_TRUE(result) << to_string(result.error());
  return *std::move(result);
}

TEST(Array, ConvolutionsAreMappedWithTheirActivationAndPoolsAreStreamed) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 16, 14, 14});
  builder.output(builder.max_pool(builder.relu(builder.conv(x, 32, {.kernel = {3, 3}})),
                                  {.kernel = {2, 2}, .stride = {2, 2}}));
  const LoweredNetwork network = lowered(builder.finish());
  ASSERT_EQ(network.kernels.size(), 2);
  EXPECT_EQ(network.kernels[0].path, "mapped");
  EXPECT_EQ(network.kernels[0].activation, "Relu");
  EXPECT_EQ(network.kernels[1].path, "streamed");
  EXPECT_EQ(network.runtime, "array");
}

TEST(Array, NoKernelHasABlockedLayout) {
  const LoweredNetwork network = lowered((*network::find_zoo("alexnet"))->build({}));
  for (const Kernel& kernel : network.kernels) EXPECT_NE(kernel.domain, "com.microsoft.nchwc") << kernel.name;
}

}  // namespace
}  // namespace forecost::layer
