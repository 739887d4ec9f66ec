// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/network/builder.h"

namespace forecost::layer {
namespace {

using network::Network;
using network::Node;
using Ints = std::vector<std::int64_t>;

Node node(std::string op, std::vector<std::string> inputs, std::vector<std::string> outputs) {
  return {.name = {},
          .op = std::move(op),
          .domain = {},
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .attributes = {}};
}

network::Dimension fixed(std::int64_t extent) {
  return {extent, ""};
}
network::Dimension open(std::string symbol) {
  return {std::nullopt, std::move(symbol)};
}

network::ValueInfo value(std::string name, std::optional<std::vector<network::Dimension>> dims) {
  return {std::move(name), ElementType::float32, std::move(dims)};
}

/// x [N, 3, seq] -> the nodes given -> "y".
Network sequence(std::vector<Node> nodes) {
  Network network;
  network.opsets[""] = 17;
  network.graph.inputs.push_back(value("x", std::vector{open("N"), fixed(3), open("seq")}));
  network.graph.outputs.push_back(value("y", {}));
  network.graph.nodes = std::move(nodes);
  return network;
}

TEST(Infer, SymbolsTakeTheirSizesByName) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"})}), {.symbols = {{"seq", 128}}, .batch = 4});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{4, 3, 128}));
  EXPECT_EQ(layered->batch, 4);
}

TEST(Infer, ANamedBatchIsOneWhereNothingIsSaid) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"})}), {.symbols = {{"seq", 8}}, .batch = {}});
  ASSERT_TRUE(layered);
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{1, 3, 8}));
}

TEST(Infer, ASymbolWithoutSizeNamesTheOptionThatSetsIt) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"})}));
  ASSERT_FALSE(layered);
  EXPECT_EQ(layered.error().fault, Fault::bad_input);
  EXPECT_NE(layered.error().hint.find("--dim seq="), std::string::npos);
}

TEST(Infer, ASymbolThatNoInputHasIsWarnedOf) {
  const auto layered =
      infer(sequence({node("Relu", {"x"}, {"y"})}), {.symbols = {{"seq", 8}, {"time", 2}}, .batch = {}});
  ASSERT_TRUE(layered);
  ASSERT_EQ(layered->warnings.size(), 1U);
  EXPECT_NE(layered->warnings[0].what.find("time"), std::string::npos);
  EXPECT_NE(layered->warnings[0].advice.find("seq"), std::string::npos);
}

TEST(Infer, ABatchBelowOneIsRefused) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"})}), {.symbols = {}, .batch = 0});
  ASSERT_FALSE(layered);
  EXPECT_NE(layered.error().hint.find("--batch"), std::string::npos);
}

TEST(Infer, ComputedReshapeTargetsAreKnownBeforehand) {
  // What PyTorch exports for x.view(x.size(0), -1): Shape, Gather, Unsqueeze, Concat, Reshape.
  auto network = sequence({node("Shape", {"x"}, {"s"}), node("Slice", {"s", "zero", "one"}, {"n"}),
                           node("Concat", {"n", "rest"}, {"t"}), node("Reshape", {"x", "t"}, {"y"})});
  network.graph.nodes[2].attributes.emplace("axis", std::int64_t{0});
  for (const auto& [name, number] : {std::pair{"zero", 0}, {"one", 1}, {"rest", -1}}) {
    network.graph.initializers.push_back({.name = name,
                                          .element = ElementType::int64,
                                          .dims = {1},
                                          .values = Ints{number},
                                          .stored = {},
                                          .external_file = {},
                                          .fill = {}});
  }
  const auto layered = infer(std::move(network), {.symbols = {{"seq", 10}}, .batch = 2});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{2, 30}));
}

TEST(Infer, AnUnknownOperatorIsNamedCountedAndCosted) {
  auto unknown = node("Frobnicate", {"x"}, {"a"});
  auto second = node("Frobnicate", {"a"}, {"y"});
  unknown.domain = second.domain = "com.acme";
  auto network = sequence({unknown, second});
  network.graph.annotations.push_back(value("a", std::vector{open("N"), fixed(7)}));
  const auto layered = infer(std::move(network), {.symbols = {{"seq", 10}}, .batch = 2});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_FALSE(layered->layers[0].known);
  EXPECT_EQ(layered->tensor("a")->shape, (Shape{2, 7}));
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{2, 7}));
  EXPECT_EQ(layered->layers[0].cost.read.value, 2 * 3 * 10 * 4);
  ASSERT_EQ(layered->warnings.size(), 1U);
  EXPECT_NE(layered->warnings[0].what.find("2 nodes of operator com.acme.Frobnicate"), std::string::npos);
  EXPECT_EQ(totals_of(*layered).unknown_operators.at("Frobnicate"), 2);
}

TEST(Infer, AMissingTensorIsNamed) {
  const auto layered =
      infer(sequence({node("Relu", {"ghost"}, {"y"})}), {.symbols = {{"seq", 1}}, .batch = {}});
  ASSERT_FALSE(layered);
  EXPECT_NE(layered.error().what.find("'ghost'"), std::string::npos);
}

TEST(Infer, ATensorMadeTwiceIsRefused) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"}), node("Abs", {"x"}, {"y"})}),
                             {.symbols = {{"seq", 1}}, .batch = {}});
  ASSERT_FALSE(layered);
  EXPECT_NE(layered.error().what.find("made twice"), std::string::npos);
}

TEST(Infer, ImpossibleSizesAreRefused) {
  const auto layered = infer(sequence({node("Relu", {"x"}, {"y"})}),
                             {.symbols = {{"seq", std::int64_t{1} << 62}}, .batch = 1});
  ASSERT_FALSE(layered);
  EXPECT_NE(layered.error().hint.find("--dim"), std::string::npos);
}

TEST(Infer, LayersHaveUniqueNames) {
  auto a = node("Relu", {"x"}, {"a"});
  auto b = node("Relu", {"a"}, {"b"});
  auto c = node("Relu", {"b"}, {"y"});
  a.name = b.name = "act";
  const auto layered = infer(sequence({a, b, c}), {.symbols = {{"seq", 1}}, .batch = {}});
  ASSERT_TRUE(layered);
  EXPECT_EQ(layered->layers[0].name, "act");
  EXPECT_EQ(layered->layers[1].name, "act_1");
  EXPECT_EQ(layered->layers[2].name, "Relu_2");
}

TEST(Infer, WhatFollowsFromConstantsAloneIsFolded) {
  network::Builder builder("folded");
  const auto x = builder.input("x", {2, 8});
  const auto w = builder.transpose(builder.weights({4, 8}, 0.1), {1, 0});
  builder.output(builder.matmul(x, w));
  const auto layered = infer(builder.finish());
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_TRUE(layered->layers[0].folded);
  EXPECT_FALSE(layered->layers[1].folded);
  const Totals totals = totals_of(*layered);
  EXPECT_EQ(totals.parameters, 32);
  EXPECT_EQ(totals.macs.value, 2 * 8 * 4);
}

TEST(Infer, ASharedWeightCountsOnce) {
  network::Builder builder("shared");
  const auto x = builder.input("x", {2, 8});
  const auto w = builder.weights({8, 8}, 0.1);
  builder.output(builder.matmul(builder.matmul(x, w), w));
  const auto layered = infer(builder.finish());
  ASSERT_TRUE(layered);
  EXPECT_EQ(totals_of(*layered).parameters, 64);
  EXPECT_EQ(totals_of(*layered).weights.value, 256);
}

TEST(Infer, AFixedBatchThatBreaksTheNetworkIsExplained) {
  network::Builder builder("fixed");
  builder.output(builder.reshape(builder.input("x", {1, 4, 4}), {2, 8}));
  const auto layered = infer(builder.finish(), {.symbols = {}, .batch = 3});
  ASSERT_FALSE(layered);
  EXPECT_NE(layered.error().hint.find("--batch"), std::string::npos);
}

TEST(Infer, AReshapeThatTheFileFixesForItsBatchFollowsAnotherBatch) {
  network::Builder builder("fixed");
  const auto x = builder.input("x", {1, 4, 6});
  const auto groups = builder.reshape(x, {1, 2, 2, 6});
  builder.output(builder.linear(builder.reshape(groups, {1, -1}), 5));
  const auto layered = infer(builder.finish(), {.symbols = {}, .batch = 8});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(totals_of(*layered).macs.value, 8 * 24 * 5);
  EXPECT_EQ(layered->tensor(layered->layers.front().outputs[0])->shape, (Shape{8, 2, 2, 6}));
  const auto again = infer(layered->network, {.symbols = {}, .batch = 8});
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(totals_of(*again).macs, totals_of(*layered).macs);
}

TEST(Infer, AReshapeOfAConstantKeepsItsTargetAtEveryBatch) {
  network::Builder builder("weights");
  const auto x = builder.input("x", {1, 8});
  builder.output(builder.add(x, builder.reshape(builder.weights({8}, 1), {1, 8})));
  const auto layered = infer(builder.finish(), {.symbols = {}, .batch = 3});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(layered->tensor(layered->layers.front().outputs[0])->shape, (Shape{1, 8}));
}

/// x -> Slice with ends that only a run knows -> y.
Network sliced_by_data() {
  Network network = sequence({node("Slice", {"x", "bound", "bound"}, {"y"})});
  network.graph.inputs.push_back(
      {.name = "bound", .element = ElementType::int64, .dims = std::vector{fixed(1)}});
  return network;
}

TEST(Infer, AShapeThatDependsOnDataIsTheOneTheFileStates) {
  Network network = sliced_by_data();
  network.graph.outputs[0] = value("y", std::vector{fixed(2), fixed(3), fixed(4)});
  const auto layered = infer(std::move(network), {.symbols = {{"seq", 16}}, .batch = 2});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{2, 3, 4}));
  ASSERT_EQ(layered->warnings.size(), 1U);
  EXPECT_NE(layered->warnings[0].what.find("1 node of Slice"), std::string::npos);
}

TEST(Infer, ASliceThatDependsOnDataIsAtMostItsInput) {
  const auto layered = infer(sliced_by_data(), {.symbols = {{"seq", 16}}, .batch = 2});
  ASSERT_TRUE(layered) << to_string(layered.error());
  EXPECT_EQ(layered->tensor("y")->shape, (Shape{2, 3, 16}));
  EXPECT_EQ(layered->warnings.size(), 1U);
}

}  // namespace
}  // namespace forecost::layer
