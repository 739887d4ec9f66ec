// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/kernel.h"
#include "forecost/layer/rewrite.h"
#include "forecost/network/builder.h"

namespace forecost::layer {
namespace {

using network::Builder;
using network::Value;

LayeredNetwork layered(Builder& builder) {
  auto result = infer(builder.finish());
  EXPECT_TRUE(result) << to_string(result.error());
  return *std::move(result);
}

/// input -> Relu -> Tanh -> output
LayeredNetwork chain() {
  Builder builder("chain");
  builder.output(builder.same("Tanh", {builder.relu(builder.input("x", {2, 3}))}));
  return layered(builder);
}

TEST(Rewrite, UnchangedGraphComesOutAsItWentIn) {
  const LayeredNetwork network = chain();
  const network::Network result = Rewrite(network).finish();
  ASSERT_EQ(result.graph.nodes.size(), network.network.graph.nodes.size());
  for (std::size_t i = 0; i < result.graph.nodes.size(); ++i) {
    EXPECT_EQ(result.graph.nodes[i].op, network.network.graph.nodes[i].op);
    EXPECT_EQ(result.graph.nodes[i].inputs, network.network.graph.nodes[i].inputs);
  }
}

TEST(Rewrite, BypassingTheLastNodeGivesItsNameToTheOneBefore) {
  const LayeredNetwork network = chain();
  Rewrite graph(network);
  const NodeId tanh = graph.order().back();
  const std::string output(graph.output(tanh));
  ASSERT_TRUE(graph.bypass(tanh));
  EXPECT_FALSE(graph.alive(tanh));
  ASSERT_TRUE(graph.producer(output).has_value());
  EXPECT_TRUE(graph.is(*graph.producer(output), "Relu"));
}

TEST(Rewrite, BypassIsRefusedWhenTheGraphExportsWhatItsInputReads) {
  Builder builder("direct");
  const Value x = builder.input("x", {2, 3});
  builder.output(builder.relu(x));
  const LayeredNetwork network = layered(builder);
  Rewrite graph(network);
  const NodeId relu = graph.order().front();
  EXPECT_FALSE(graph.bypass(relu));
  EXPECT_TRUE(graph.alive(relu));
}

TEST(Rewrite, TensorReadTwiceHasNoOnlyUser) {
  Builder builder("square");
  const Value y = builder.relu(builder.input("x", {2, 3}));
  builder.output(builder.mul(y, y));
  const LayeredNetwork network = layered(builder);
  Rewrite graph(network);
  const NodeId relu = graph.order().front();
  EXPECT_EQ(graph.users(graph.output(relu)).size(), 2U);
  EXPECT_FALSE(graph.only_user(relu).has_value());
}

TEST(Rewrite, InitializersThatNobodyReadsAreLeftBehind) {
  Builder builder("linear");
  builder.output(builder.linear(builder.input("x", {2, 3}), 4));
  const LayeredNetwork network = layered(builder);
  Rewrite graph(network);
  const NodeId gemm = graph.order().back();
  graph.drop_inputs(gemm, 2);
  EXPECT_EQ(graph.finish().graph.initializers.size() + 1, network.network.graph.initializers.size());
}

TEST(Rewrite, AddedNodeTakesThePlaceOfTheOneBesideIt) {
  const LayeredNetwork network = chain();
  Rewrite graph(network);
  const NodeId relu = graph.order().front();
  const std::string x(graph.input(relu, 0));
  network::Node copy;
  copy.op = "Identity";
  copy.inputs = {x};
  copy.outputs = {graph.fresh("copy")};
  graph.set_input(relu, 0, copy.outputs[0]);
  const NodeId added = graph.add(std::move(copy), relu);
  EXPECT_EQ(graph.order().front(), added);
}

TEST(Lowering, UnknownRuntimeIsNotFound) {
  EXPECT_EQ(find_runtime("no_such_runtime"), nullptr);
}

TEST(Lowering, RuntimeWithoutRulesBreaksTheContract) {
  const LayeredNetwork network = chain();
  EXPECT_THROW((void)lower(network, Runtime{}), BrokenContract);
}

TEST(Lowering, AdoptingOurOwnOptimisedGraphGivesTheSameKernels) {
  Builder builder("block");
  Value x = builder.relu(
      builder.batch_norm(builder.conv(builder.input("x", {1, 3, 16, 16}), 16, {.kernel = {3, 3}})));
  x = builder.relu(builder.add(builder.conv(x, 16, {.kernel = {3, 3}}), x));
  builder.output(builder.linear(builder.flatten(builder.global_average_pool(x)), 10));
  const LayeredNetwork network = layered(builder);
  const Runtime& runtime = *find_runtime("onnxruntime");
  const auto rules = lower(network, runtime);
  ASSERT_TRUE(rules) << to_string(rules.error());
  const auto adopted = adopt(network, rules->graph.network, runtime, {});
  ASSERT_TRUE(adopted) << to_string(adopted.error());
  ASSERT_EQ(rules->kernels.size(), adopted->kernels.size());
  EXPECT_EQ(adopted->source, LoweringSource::runtime);
  for (std::size_t i = 0; i < rules->kernels.size(); ++i) {
    EXPECT_EQ(rules->kernels[i].signature, adopted->kernels[i].signature);
    EXPECT_EQ(rules->kernels[i].layers, adopted->kernels[i].layers);
  }
}

/// What a signature says of the kernel itself, without its place in the network.
std::string own_part(const Kernel& kernel) {
  return kernel.signature.substr(0, kernel.signature.find('@'));
}

TEST(Lowering, RepeatedKernelsShareTheOwnPartOfTheirSignatureAndOthersDoNot) {
  Builder builder("signatures");
  Value x = builder.input("x", {1, 32, 14, 14});
  x = builder.conv(builder.conv(x, 32, {.kernel = {3, 3}}), 32, {.kernel = {3, 3}});
  builder.output(builder.conv(x, 32));
  const auto lowered = lower(layered(builder), *find_runtime("onnxruntime"));
  ASSERT_TRUE(lowered) << to_string(lowered.error());
  ASSERT_EQ(lowered->kernels.size(), 5U);
  EXPECT_EQ(own_part(lowered->kernels[1]), own_part(lowered->kernels[2]));
  EXPECT_NE(own_part(lowered->kernels[2]), own_part(lowered->kernels[3]));
}

TEST(Lowering, FoldedLayersAreNoKernels) {
  Builder builder("folded");
  const Value weights = builder.transpose(builder.weights({8, 4}, 0.1), {1, 0});
  builder.output(builder.matmul(builder.input("x", {2, 4}), weights));
  const auto lowered = lower(layered(builder), *find_runtime("onnxruntime"));
  ASSERT_TRUE(lowered) << to_string(lowered.error());
  ASSERT_EQ(lowered->kernels.size(), 1U);
  EXPECT_EQ(lowered->kernels[0].path, "gemm_packed");
  EXPECT_TRUE(lowered->kernels[0].constant_inputs[1]);
}

}  // namespace
}  // namespace forecost::layer
