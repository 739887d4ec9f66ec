// SPDX-License-Identifier: Apache-2.0
// Expected graphs: what ONNX Runtime 1.32 writes for the same network (optimized_model_filepath, all
// optimisations, CPU provider, AVX-512).
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::layer {
namespace {

using network::Builder;
using network::Value;
using testing::ElementsAre;
using testing::IsEmpty;

LoweredNetwork lowered(Builder& builder) {
  auto layered = infer(builder.finish());
  EXPECT_TRUE(layered) << to_string(layered.error());
  auto result = lower(*layered, *find_runtime("onnxruntime"));
  EXPECT_TRUE(result) << to_string(result.error());
  return *std::move(result);
}

/// "nchwc:Conv+Relu": short domain, operator, activation; '&' marks a residual input.
std::vector<std::string> operators(const LoweredNetwork& network) {
  std::vector<std::string> list;
  for (const Kernel& kernel : network.kernels) {
    std::string text = kernel.op;
    if (kernel.domain == "com.microsoft.nchwc") text = "nchwc:" + text;
    if (kernel.domain == "com.microsoft") text = "ms:" + text;
    if (kernel.accumulates) text += "&";
    if (!kernel.activation.empty()) text += "+" + kernel.activation;
    list.push_back(std::move(text));
  }
  return list;
}

std::vector<std::string> convolution(std::int64_t in, std::int64_t out, std::int64_t groups) {
  Builder builder("one");
  const Value x = builder.input("x", {1, in, 14, 14});
  builder.output(builder.conv(x, out, {.kernel = {3, 3}, .groups = groups}));
  return operators(lowered(builder));
}

using Operators = std::vector<std::string>;
Operators blocked_form() {
  return {"nchwc:ReorderInput", "nchwc:Conv", "nchwc:ReorderOutput"};
}
Operators stem_form() {
  return {"nchwc:Conv", "nchwc:ReorderOutput"};
}
Operators plain_form() {
  return {"Conv"};
}

TEST(OnnxRuntimeRules, ConvolutionsAreBlockedByTheirChannels) {
  EXPECT_EQ(convolution(3, 16, 1), stem_form());
  EXPECT_EQ(convolution(15, 15, 1), stem_form());
  EXPECT_EQ(convolution(16, 8, 1), blocked_form());
  EXPECT_EQ(convolution(20, 20, 1), blocked_form());
  EXPECT_EQ(convolution(22, 32, 1), plain_form());
}

TEST(OnnxRuntimeRules, DepthwiseConvolutionsAreBlockedInFoursAndGroupedOnesInSixteens) {
  EXPECT_EQ(convolution(20, 20, 20), blocked_form());
  EXPECT_EQ(convolution(18, 18, 18), plain_form());
  EXPECT_EQ(convolution(32, 64, 32), plain_form());
  EXPECT_EQ(convolution(32, 64, 2), blocked_form());
  EXPECT_EQ(convolution(48, 48, 4), plain_form());
}

TEST(OnnxRuntimeRules, BatchNormalisationAndActivationJoinTheirConvolution) {
  Builder builder("block");
  const Value x = builder.input("x", {1, 16, 14, 14});
  builder.output(
      builder.clip(builder.batch_norm(builder.conv(x, 32, {.kernel = {3, 3}, .bias = false})), 0, 6));
  const LoweredNetwork network = lowered(builder);
  EXPECT_THAT(operators(network),
              ElementsAre("nchwc:ReorderInput", "nchwc:Conv+Clip", "nchwc:ReorderOutput"));
  EXPECT_EQ(network.kernels[1].layers.size(), 3U);
  EXPECT_THAT(network.kernels[0].layers, IsEmpty());
}

TEST(OnnxRuntimeRules, ResidualSumJoinsTheBlockedConvolutionBeforeIt) {
  Builder builder("residual");
  Value x = builder.relu(builder.conv(builder.input("x", {1, 16, 14, 14}), 16, {.kernel = {3, 3}}));
  x = builder.relu(builder.add(builder.conv(x, 16, {.kernel = {3, 3}}), x));
  builder.output(x);
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("nchwc:ReorderInput", "nchwc:Conv+Relu",
                                                       "nchwc:Conv&+Relu", "nchwc:ReorderOutput"));
}

TEST(OnnxRuntimeRules, ResidualSumJoinsThePlainConvolutionToo) {
  Builder builder("residual");
  Value x = builder.relu(builder.conv(builder.input("x", {1, 18, 14, 14}), 18, {.kernel = {3, 3}}));
  x = builder.clip(builder.add(builder.conv(x, 18, {.kernel = {3, 3}}), x), 0, 6);
  builder.output(x);
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("ms:FusedConv+Relu", "ms:FusedConv&+Clip"));
}

TEST(OnnxRuntimeRules, ClipBehindAResidualSumStaysOutsideTheBlockedConvolution) {
  Builder builder("residual");
  Value x = builder.relu(builder.conv(builder.input("x", {1, 16, 14, 14}), 16, {.kernel = {3, 3}}));
  builder.output(builder.clip(builder.add(builder.conv(x, 16, {.kernel = {3, 3}}), x), 0, 6));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("nchwc:ReorderInput", "nchwc:Conv+Relu", "nchwc:Conv&",
                                                       "nchwc:ReorderOutput", "Clip"));
}

TEST(OnnxRuntimeRules, ConcatenationStaysBlockedOnlyWhenEveryPartFillsItsBlocks) {
  for (const std::int64_t second : {32, 20}) {
    Builder builder("concat");
    const Value x = builder.input("x", {1, 16, 14, 14});
    const Value joined = builder.concat({builder.conv(x, 16), builder.conv(x, second)}, 1);
    builder.output(builder.conv(joined, 16));
    const auto list = operators(lowered(builder));
    EXPECT_EQ(std::ranges::count(list, "nchwc:ReorderInput"), second == 32 ? 1 : 2);
    EXPECT_EQ(std::ranges::count(list, "nchwc:ReorderOutput"), second == 32 ? 1 : 3);
  }
}

TEST(OnnxRuntimeRules, PoolingIsBlockedInSixteensOnly) {
  for (const std::int64_t channels : {16, 20}) {
    Builder builder("pool");
    const Value x = builder.input("x", {1, 16, 14, 14});
    builder.output(builder.max_pool(builder.relu(builder.conv(x, channels)), {}));
    const auto list = operators(lowered(builder));
    EXPECT_EQ(list.back(), channels == 16 ? "nchwc:ReorderOutput" : "MaxPool");
  }
}

TEST(OnnxRuntimeRules, HardSwishInsideANetworkJoinsTheBlockedConvolutionAndIsTwoKernelsBehindAPlainOne) {
  for (const std::int64_t channels : {16, 18}) {
    Builder builder("hard_swish");
    const Value x = builder.input("x", {1, channels, 14, 14});
    builder.output(builder.same("Elu", {builder.hard_swish(builder.conv(x, channels, {.kernel = {3, 3}}))}));
    const auto list = operators(lowered(builder));
    if (channels == 16) {
      EXPECT_THAT(list,
                  ElementsAre("nchwc:ReorderInput", "nchwc:Conv+HardSwish", "nchwc:ReorderOutput", "Elu"));
    } else {
      EXPECT_THAT(list, ElementsAre("Conv", "HardSigmoid", "Mul", "Elu"));
    }
  }
}

TEST(OnnxRuntimeRules, SigmoidLinearUnitIsOneQuickGelu) {
  Builder builder("silu");
  const Value x = builder.input("x", {1, 18, 14, 14});
  builder.output(builder.silu(builder.conv(x, 18, {.kernel = {3, 3}})));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("Conv", "ms:QuickGelu"));
}

TEST(OnnxRuntimeRules, FeedForwardBecomesTwoProductsBetweenViewsAndOneGelu) {
  Builder builder("ffn");
  const Value x = builder.input("x", {1, 8, 32});
  builder.output(builder.linear(builder.gelu(builder.linear(x, 64)), 32));
  EXPECT_THAT(operators(lowered(builder)),
              ElementsAre("Reshape", "Gemm", "Reshape", "ms:Gelu", "Reshape", "Gemm", "Reshape"));
}

TEST(OnnxRuntimeRules, SumBeforeNormalisationIsFusedUnlessItIsReadAgain) {
  Builder post("post");
  const Value x = post.input("x", {1, 8, 32});
  post.output(post.layer_norm(post.add(x, post.linear(x, 32))));
  EXPECT_THAT(operators(lowered(post)),
              ElementsAre("Reshape", "Gemm", "Reshape", "ms:SkipLayerNormalization"));

  Builder pre("pre");
  const Value y = pre.input("x", {1, 8, 32});
  const Value sum = pre.add(pre.linear(y, 32), y);
  pre.output(pre.add(sum, pre.layer_norm(sum)));
  EXPECT_THAT(operators(lowered(pre)),
              ElementsAre("Reshape", "Gemm", "Reshape", "Add", "LayerNormalization", "Add"));
}

TEST(OnnxRuntimeRules, ScaledProductWithATransposedFactorIsOneKernel) {
  Builder builder("scores");
  const Value q = builder.input("q", {1, 8, 32});
  const Value k = builder.input("k", {1, 8, 32});
  builder.output(builder.mul(builder.matmul(q, builder.transpose(k, {0, 2, 1})), builder.scalar(0.3)));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("ms:FusedMatMul"));
}

TEST(OnnxRuntimeRules, LinearLayerOnAMatrixTakesItsActivation) {
  Builder builder("mlp");
  builder.output(builder.relu(builder.linear(builder.input("x", {4, 18}), 10)));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("ms:FusedGemm+Relu"));
}

TEST(OnnxRuntimeRules, DropoutVanishesInsideTheGraphAndStaysAtItsEnd) {
  Builder builder("dropout");
  const Value x = builder.dropout(builder.relu(builder.input("x", {4, 18})));
  builder.output(builder.dropout(builder.same("Tanh", {x})));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("Relu", "Tanh", "Dropout"));
}

TEST(OnnxRuntimeRules, EqualExpressionsRunOnce) {
  Builder builder("twins");
  const Value x = builder.input("x", {4, 18});
  builder.output(builder.mul(builder.relu(x), builder.same("Tanh", {builder.relu(x)})));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("Relu", "Tanh", "Mul"));
}

TEST(OnnxRuntimeRules, ProductWithOneConstantPerChannelBecomesADepthwiseConvolution) {
  Builder builder("scale");
  const Value x = builder.max_pool(builder.conv(builder.input("x", {1, 3, 14, 14}), 32), {});
  builder.output(builder.mul(x, builder.weights({32, 1, 1}, 1)));
  EXPECT_THAT(operators(lowered(builder)),
              ElementsAre("nchwc:Conv", "nchwc:MaxPool", "nchwc:Conv", "nchwc:ReorderOutput"));
}

TEST(OnnxRuntimeRules, EqualSmallConstantsAreOneSoThatTheirUsersAre) {
  Builder builder("twins");
  const Value x = builder.input("x", {4, 18});
  const Value left = builder.reshape(x, {2, 36});
  builder.output(builder.add(builder.same("Tanh", {left}), builder.reshape(x, {2, 36})));
  EXPECT_THAT(operators(lowered(builder)), ElementsAre("Reshape", "Tanh", "Add"));
}

std::vector<std::string> convolution_for(std::string_view instruction_set, std::int64_t channels) {
  Builder builder("one");
  const Value x = builder.input("x", {1, channels, 14, 14});
  builder.output(builder.conv(x, 2 * channels, {.kernel = {3, 3}}));
  const auto layered = infer(builder.finish());
  const Runtime& runtime = *find_runtime("onnxruntime");
  const auto network = lower(*layered, runtime, runtime.target(instruction_set));
  EXPECT_TRUE(network) << to_string(network.error());
  std::vector<std::string> list = operators(*network);
  for (const Kernel& kernel : network->kernels) {
    if (kernel.op == "Conv") list.push_back(kernel.path + " " + std::to_string(kernel.outputs[0][1]));
  }
  return list;
}

TEST(OnnxRuntimeRules, BlocksHaveEightChannelsWithoutAvx512AndThereAreNoneOnArm) {
  EXPECT_THAT(convolution_for("avx512_vnni", 12),
              ElementsAre("nchwc:Conv", "nchwc:ReorderOutput", "nchwc_stem 32"));
  EXPECT_THAT(convolution_for("avx2", 12),
              ElementsAre("nchwc:ReorderInput", "nchwc:Conv", "nchwc:ReorderOutput", "nchwc_conv 24"));
  EXPECT_THAT(convolution_for("avx2", 4), ElementsAre("nchwc:Conv", "nchwc:ReorderOutput", "nchwc_stem 8"));
  EXPECT_THAT(convolution_for("neon", 12), ElementsAre("Conv", "im2col_gemm 24"));
}

TEST(OnnxRuntimeRules, ReorderedTensorsArePaddedToTheBlockOfTheMachine) {
  Builder builder("pad");
  builder.output(builder.conv(builder.input("x", {1, 20, 14, 14}), 20, {.kernel = {3, 3}}));
  const auto layered = infer(builder.finish());
  ASSERT_TRUE(layered);
  for (const auto& [set, channels] : {std::pair("avx2", 24), std::pair("avx512f", 32)}) {
    const Runtime& runtime = *find_runtime("onnxruntime");
    const auto network = lower(*layered, runtime, runtime.target(set));
    ASSERT_TRUE(network) << to_string(network.error());
    EXPECT_EQ(network->kernels[0].outputs[0][1], channels);
    EXPECT_EQ(network->kernels[1].outputs[0][1], channels);
    EXPECT_EQ(network->kernels[2].outputs[0][1], 20);
  }
}

class ZooKernels : public testing::TestWithParam<std::pair<std::string_view, std::size_t>> {};

TEST_P(ZooKernels, AreAsManyAsTheRuntimeWritesAndOwnEveryLayerOnce) {
  const auto [name, count] = GetParam();
  const auto entry = network::find_zoo(name);
  ASSERT_TRUE(entry) << to_string(entry.error());
  auto layered = infer((*entry)->build({}));
  ASSERT_TRUE(layered) << to_string(layered.error());
  auto network = lower(*layered, *find_runtime("onnxruntime"));
  ASSERT_TRUE(network) << to_string(network.error());
  EXPECT_EQ(network->kernels.size(), count);
  std::map<std::string, int> owners;
  for (const Kernel& kernel : network->kernels) {
    for (const auto& layer : kernel.layers) ++owners[layer];
  }
  for (const Layer& layer : layered->layers)
    EXPECT_EQ(owners[layer.name], layer.folded ? 0 : 1) << layer.name;
}

INSTANTIATE_TEST_SUITE_P(
    OnnxRuntime132, ZooKernels,
    testing::Values(std::pair("lenet5", 10), std::pair("alexnet", 14), std::pair("vgg16", 24),
                    std::pair("googlenet", 83), std::pair("inception_v3", 126), std::pair("resnet18", 25),
                    std::pair("resnet50", 58), std::pair("densenet121", 248), std::pair("squeezenet1_1", 40),
                    std::pair("mobilenet_v2", 56), std::pair("mobilenet_v3_small", 106),
                    std::pair("shufflenet_v2_x1_0", 168), std::pair("efficientnet_b0", 220),
                    std::pair("regnet_y_400mf", 187), std::pair("convnext_tiny", 269),
                    std::pair("vit_b_16", 344), std::pair("bert_base", 407), std::pair("distilbert", 203),
                    std::pair("gpt2", 351), std::pair("lstm_tagger", 9), std::pair("unet", 44),
                    std::pair("yolov5n", 182)),
    [](const auto& tested) { return std::string(tested.param.first); });

TEST(OnnxRuntimePaths, NameTheAlgorithmOfEachConvolution) {
  const auto path = [](std::int64_t in, std::int64_t out, const network::ConvOptions& options) {
    Builder builder("one");
    builder.output(builder.conv(builder.input("x", {1, in, 14, 14}), out, options));
    const LoweredNetwork network = lowered(builder);
    const auto found = std::ranges::find_if(network.kernels, [](const Kernel& k) { return k.op == "Conv"; });
    return found == network.kernels.end() ? std::string() : found->path;
  };
  EXPECT_EQ(path(16, 32, {.kernel = {3, 3}}), "nchwc_conv");
  EXPECT_EQ(path(16, 32, {}), "nchwc_pointwise");
  EXPECT_EQ(path(3, 32, {.kernel = {3, 3}}), "nchwc_stem");
  EXPECT_EQ(path(16, 16, {.kernel = {3, 3}, .groups = 16}), "nchwc_depthwise");
  EXPECT_EQ(path(22, 32, {.kernel = {3, 3}}), "im2col_gemm");
  EXPECT_EQ(path(22, 32, {}), "gemm_pointwise");
  EXPECT_EQ(path(22, 22, {.kernel = {3, 3}, .groups = 22}), "depthwise_im2col");
  EXPECT_EQ(path(44, 44, {.kernel = {3, 3}, .groups = 2}), "im2col_gemm_grouped");
}

// MlasConvPrepare: 128 x 128 floats for one thread; the whole expanded image (K x pixels) with more filters
// than pixels.
TEST(OnnxRuntimeWorkspace, OfIm2colIsATileOrTheWholeImage) {
  const auto workspace = [](std::int64_t size) {
    Builder builder("one");
    builder.output(builder.conv(builder.input("x", {1, 22, size, size}), 64, {.kernel = {3, 3}}));
    return lowered(builder).kernels.front().workspace.value;
  };
  EXPECT_EQ(workspace(14), 4 * 128 * 128);
  EXPECT_EQ(workspace(7), 4 * (22 * 9) * (7 * 7));
}

RC_GTEST_PROP(OnnxRuntimeLaws, WorkIsConservedWhereChannelsFillTheirBlocks, ()) {
  Builder builder("chain");
  std::int64_t channels = 16 * *rc::gen::inRange(1, 4);
  Value x = builder.input("x", {*rc::gen::inRange(1, 3), channels, 12, 12});
  const int depth = *rc::gen::inRange(1, 6);
  for (int i = 0; i < depth; ++i) {
    const std::int64_t out = 16 * *rc::gen::inRange(1, 4);
    const std::int64_t kernel = *rc::gen::element(1, 3);
    Value y = builder.conv(x, out, {.kernel = {kernel, kernel}});
    if (*rc::gen::arbitrary<bool>()) y = builder.batch_norm(y);
    if (out == channels && *rc::gen::arbitrary<bool>()) y = builder.add(y, x);
    x = *rc::gen::arbitrary<bool>() ? builder.relu(y) : y;
    channels = out;
  }
  builder.output(x);
  const auto layered = infer(builder.finish());
  RC_ASSERT(layered.has_value());
  const auto network = lower(*layered, *find_runtime("onnxruntime"));
  RC_ASSERT(network.has_value());
  std::int64_t written = 0;
  std::int64_t run = 0;
  for (const Layer& layer : layered->layers) written += layer.cost.macs.value;
  for (const Kernel& kernel : network->kernels) run += kernel.cost.macs.value;
  RC_ASSERT(written == run);
}

}  // namespace
}  // namespace forecost::layer
