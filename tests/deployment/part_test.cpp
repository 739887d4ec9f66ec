// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/part.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/deployment/split.h"
#include "forecost/layer/layer.h"
#include "forecost/network/zoo.h"
#include "tests/deployment/machines.h"

namespace forecost::deployment {
namespace {

std::set<std::string> layers_on(const PieceGraph& graph, const Placement& placement, bool edge) {
  std::set<std::string> layers;
  for (std::size_t p = 0; p < placement.size(); ++p) {
    if (placement[p] == edge) layers.insert(graph.pieces[p].layers.begin(), graph.pieces[p].layers.end());
  }
  return layers;
}

/// Half of the pieces in their order, which is a valid placement.
Placement first_half(const PieceGraph& graph) {
  Placement placement(graph.pieces.size());
  std::fill_n(placement.begin(), placement.size() / 2, true);
  return placement;
}

TEST(Part, OfAllLayersIsTheNetwork) {
  const layer::LayeredNetwork network =
      layer::infer(network::find_zoo("resnet18").value()->build({})).value();
  std::set<std::string> all;
  for (const layer::Layer& layer : network.layers) all.insert(layer.name);
  const layer::LayeredNetwork part = layer::infer(part_of(network, all)).value();
  EXPECT_EQ(part.layers.size(), network.layers.size());
  EXPECT_EQ(layer::totals_of(part).operations, layer::totals_of(network).operations);
  EXPECT_EQ(layer::totals_of(part).parameters, layer::totals_of(network).parameters);
  EXPECT_EQ(part.network.graph.inputs.size(), 1U);
  EXPECT_EQ(part.network.graph.outputs.size(), 1U);
}

TEST(Part, TwoHalvesDoTheWorkOfTheWhole) {
  for (const char* name :
       {"alexnet", "resnet18", "googlenet", "densenet121", "mobilenet_v2", "vit_b_16", "unet"}) {
    const auto entry = network::find_zoo(name);
    ASSERT_TRUE(entry.has_value()) << name;
    const layer::LayeredNetwork network = layer::infer((*entry)->build({})).value();
    const TimedKernels edge = tests::timed_on(network, 1e10);
    const PieceGraph graph = make_pieces(network, edge, edge).value();
    const Placement placement = first_half(graph);
    const auto front = layer::infer(part_of(network, layers_on(graph, placement, true)));
    const auto back = layer::infer(part_of(network, layers_on(graph, placement, false)));
    ASSERT_TRUE(front.has_value() && back.has_value()) << name;
    EXPECT_EQ((layer::totals_of(*front).operations + layer::totals_of(*back).operations).value,
              layer::totals_of(network).operations.value)
        << name;
    EXPECT_EQ(back->network.graph.inputs.size(), sent_parcels(graph, placement).size()) << name;
  }
}

TEST(Part, ForecastAloneTakesAboutWhatItsKernelsTookInTheWhole) {
  // What differs: layouts converted at the cut, and buffers that are colder or warmer.
  const layer::LayeredNetwork network =
      layer::infer(network::find_zoo("resnet50").value()->build({})).value();
  SplitProblem problem;
  const TimedKernels edge = tests::timed_on(network, 1e10);
  problem.graph = make_pieces(network, edge, edge).value();
  const Placement placement = first_half(problem.graph);
  const SplitCost cost = cost_of(problem, placement);
  const auto part = layer::infer(part_of(network, layers_on(problem.graph, placement, true))).value();
  const TimedKernels alone = tests::timed_on(part, 1e10);
  Seconds sum = alone.run;
  for (const Seconds time : alone.times) sum += time;
  EXPECT_NEAR(sum / cost.edge, 1, 0.05);
}

}  // namespace
}  // namespace forecost::deployment
