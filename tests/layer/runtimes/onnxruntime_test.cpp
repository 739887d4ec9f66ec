// SPDX-License-Identifier: Apache-2.0
// Expected graphs: what ONNX Runtime 1.32 writes for the same network (optimized_model_filepath, all
// optimisations, CPU provider, AVX-512).
#include <map>

#include <gtest/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/network/builder.h"

namespace forecost::layer {
namespace {

using network::Builder;
using network::Value;

TEST(OnnxRuntimeRules, ConvolutionOfSixteenChannelsIsBlockedBetweenReorders) {
  Builder builder("one");
  const Value x = builder.input("x", {1, 16, 14, 14});
  builder.output(builder.relu(builder.conv(x, 32, {.kernel = {3, 3}})));
  auto layered = infer(builder.finish());
  ASSERT_TRUE(layered) << to_string(layered.error());
  auto lowered = lower(*layered, *find_runtime("onnxruntime"));
  ASSERT_TRUE(lowered) << to_string(lowered.error());
  ASSERT_EQ(lowered->kernels.size(), 3U);
  EXPECT_EQ(lowered->kernels[1].path, "nchwc_conv");
  EXPECT_EQ(lowered->kernels[1].activation, "Relu");
}

}  // namespace
}  // namespace forecost::layer
