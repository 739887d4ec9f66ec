// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/pieces.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"
#include "tests/deployment/machines.h"

namespace forecost::deployment {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using tests::timed_on;

layer::LayeredNetwork small_network() {
  network::Builder builder("small");
  network::Value x = builder.input("image", {1, 3, 32, 32});
  x = builder.relu(builder.batch_norm(builder.conv(x, 16, {.kernel = {3, 3}})));
  const network::Value shortcut = x;
  x = builder.relu(builder.conv(x, 16, {.kernel = {3, 3}}));
  x = builder.add(x, shortcut);
  builder.output(builder.linear(builder.flatten(builder.global_average_pool(x)), 10), "scores");
  return layer::infer(builder.finish()).value();
}

Seconds total(const PieceGraph& graph, Seconds Piece::*side) {
  Seconds sum;
  for (const Piece& piece : graph.pieces) sum += piece.*side;
  return sum;
}

TEST(Pieces, KeepWhatOneKernelComputesTogether) {
  const layer::LayeredNetwork network = small_network();
  const TimedKernels edge = timed_on(network, 1e9);
  const PieceGraph graph = make_pieces(network, edge, scaled(edge, 10)).value();
  EXPECT_THAT(graph.pieces.front().layers, ElementsAre("Conv_0", "BatchNormalization_1", "Relu_2"));
  for (const layer::Kernel& kernel : edge.lowered.kernels) {
    std::set<std::size_t> homes;
    for (const std::string& layer : kernel.layers) {
      for (std::size_t p = 0; p < graph.pieces.size(); ++p) {
        const auto& layers = graph.pieces[p].layers;
        if (std::find(layers.begin(), layers.end(), layer) != layers.end()) homes.insert(p);
      }
    }
    EXPECT_LE(homes.size(), 1U) << kernel.name;
  }
}

TEST(Pieces, HaveTheTimesOfAllKernelsTogether) {
  for (const network::ZooEntry& entry : network::zoo_entries()) {
    const std::string_view name = entry.name;
    const layer::LayeredNetwork network = layer::infer(entry.build({})).value();
    const TimedKernels edge = timed_on(network, 1e9);
    const TimedKernels server = timed_on(network, 5e10);
    const PieceGraph graph = make_pieces(network, edge, server).value();
    const Seconds kernels = std::accumulate(edge.times.begin(), edge.times.end(), Seconds(0));
    EXPECT_NEAR(total(graph, &Piece::edge) / kernels, 1, 1e-9) << name;
    EXPECT_GT(total(graph, &Piece::edge), total(graph, &Piece::server)) << name;
    EXPECT_NEAR(graph.edge_run.value, 1e-5, 1e-9) << name;
    std::size_t layers = 0;
    for (const Piece& piece : graph.pieces) layers += piece.layers.size();
    EXPECT_EQ(layers,
              static_cast<std::size_t>(std::count_if(network.layers.begin(), network.layers.end(),
                                                     [](const auto& layer) { return !layer.folded; })))
        << name;
  }
}

TEST(Pieces, AreReadAfterTheyAreMade) {
  for (const network::ZooEntry& entry : network::zoo_entries()) {
    const layer::LayeredNetwork network = layer::infer(entry.build({})).value();
    const TimedKernels edge = timed_on(network, 1e9);
    const PieceGraph graph = make_pieces(network, edge, scaled(edge, 4)).value();
    for (const Parcel& parcel : graph.parcels) {
      for (const std::size_t reader : parcel.readers) {
        ASSERT_LT(reader, graph.pieces.size()) << entry.name;
        EXPECT_LT(parcel.maker.value_or(0), reader + (parcel.maker ? 0 : 1))
            << entry.name << ' ' << parcel.tensor;
      }
    }
  }
}

TEST(Parcels, AreInputsWhatPiecesHandOnAndOutputs) {
  const layer::LayeredNetwork network = small_network();
  const TimedKernels edge = timed_on(network, 1e9);
  const PieceGraph graph = make_pieces(network, edge, scaled(edge, 10)).value();
  ASSERT_GE(graph.parcels.size(), 3U);
  const Parcel& input = graph.parcels.front();
  EXPECT_EQ(input.tensor, "image");
  EXPECT_FALSE(input.maker.has_value());
  EXPECT_EQ(input.bytes.value, 3 * 32 * 32 * 4);
  const Parcel& block = graph.parcels[1];
  EXPECT_EQ(block.tensor, "Relu_2");
  EXPECT_EQ(block.bytes.value, 16 * 32 * 32 * 4);
  const Parcel& output = graph.parcels.back();
  EXPECT_EQ(output.tensor, "scores");
  EXPECT_TRUE(output.output);
  EXPECT_EQ(output.bytes.value, 40);
}

TEST(Parcels, MayBeSentInFewerBits) {
  const layer::LayeredNetwork network = small_network();
  const TimedKernels edge = timed_on(network, 1e9);
  const PieceGraph graph = make_pieces(network, edge, scaled(edge, 10), {.bits = 6}).value();
  EXPECT_EQ(graph.parcels.front().bytes.value, 3 * 32 * 32 * 6 / 8);
  EXPECT_EQ(graph.parcels.back().bytes.value, 8);  // 60 bits
}

TEST(Pieces, LayersThatTheServerFusesStayTogetherToo) {
  const layer::LayeredNetwork network = small_network();
  const TimedKernels server = timed_on(network, 1e9);
  // An edge that fuses nothing: a kernel per layer.
  TimedKernels edge;
  edge.lowered.graph = network;
  for (const layer::Layer& layer : network.layers) {
    layer::Kernel kernel;
    kernel.name = layer.name;
    kernel.layers = {layer.name};
    edge.lowered.kernels.push_back(kernel);
    edge.times.emplace_back(1);
  }
  const PieceGraph graph = make_pieces(network, edge, server).value();
  EXPECT_THAT(graph.pieces.front().layers, SizeIs(3));
  EXPECT_EQ(graph.pieces.front().edge.value, 3);
}

TEST(Pieces, WhatWouldTearACycleStaysTogether) {
  // a -> b -> c, and one kernel computes a and c: b can only go with them.
  network::Builder builder("cycle");
  const network::Value x = builder.input("x", {1, 8});
  const network::Value a = builder.relu(x);
  const network::Value b = builder.sigmoid(a);
  builder.output(builder.add(a, b), "y");
  const layer::LayeredNetwork network = layer::infer(builder.finish()).value();
  TimedKernels edge;
  edge.lowered.graph = network;
  for (const layer::Layer& layer : network.layers) {
    layer::Kernel kernel;
    kernel.name = layer.name;
    edge.lowered.kernels.push_back(kernel);
    edge.times.emplace_back(1);
  }
  edge.lowered.kernels[0].layers = {network.layers[0].name, network.layers[2].name};
  edge.lowered.kernels[1].layers = {network.layers[1].name};
  const PieceGraph graph = make_pieces(network, edge, edge).value();
  ASSERT_THAT(graph.pieces, SizeIs(1));
  EXPECT_EQ(graph.pieces[0].edge.value, 3);
}

TEST(Pieces, ANetworkWithoutLayersIsRefused) {
  network::Builder builder("nothing");
  builder.input("x", {1, 8});
  const layer::LayeredNetwork network = layer::infer(builder.finish()).value();
  const Result<PieceGraph> graph = make_pieces(network, {}, {});
  ASSERT_FALSE(graph.has_value());
  EXPECT_EQ(graph.error().fault, Fault::bad_input);
}

}  // namespace
}  // namespace forecost::deployment
