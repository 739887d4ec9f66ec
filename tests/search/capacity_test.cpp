// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/capacity.h"

#include <cmath>

#include <gtest/gtest.h>

#include "forecost/network/builder.h"
#include "forecost/search/space_entry.h"
#include "forecost/search/study_setup.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

Capacity cell(const std::vector<double>& operations) {
  const SpaceEntry& entry = *find_space("nasbench201");
  return capacity_of(layer::infer(entry.build(entry.space(), {operations}).value()).value());
}

TEST(Capacity, OfAChainIsTheSumOfItsLayers) {
  network::Builder b("chain");
  const auto hidden = b.relu(b.linear(b.input("x", {1, 4}), 3));
  b.output(b.linear(hidden, 2), "y");
  const Capacity capacity = capacity_of(layer::infer(b.finish()).value());
  EXPECT_EQ(capacity.macs, 4 * 3 + 3 * 2);
  EXPECT_EQ(capacity.parameters, 4 * 3 + 3 + 3 * 2 + 2);
  EXPECT_EQ(capacity.longest, 2);
  EXPECT_EQ(capacity.shortest, 2);
  EXPECT_DOUBLE_EQ(capacity.size(), std::log(18.0) + std::log(23.0) + std::log(2.0) - 1e-4 * std::log(3.0));
}

TEST(Capacity, OfAWholeNetworkIsItsTotals) {
  const SpaceEntry& entry = *find_space("nasbench201");
  const auto layered = layer::infer(entry.build(entry.space(), {{3, 3, 3, 3, 3, 3}}).value()).value();
  const layer::Totals totals = layer::totals_of(layered);
  const Capacity capacity = capacity_of(layered);
  EXPECT_EQ(capacity.macs, static_cast<double>(totals.macs.value));
  EXPECT_EQ(capacity.parameters, static_cast<double>(totals.parameters));
}

TEST(Capacity, CountsTheLongestAndTheShortestWay) {
  // Edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3: two convolutions in a row and a connection past them. Stem,
  // classifier and, of each of two reductions, two convolutions or the one beside them.
  const Capacity capacity = cell({3, 0, 0, 1, 3, 0});
  EXPECT_EQ(capacity.longest, 1 + 15 * 2 + 2 * 2 + 1);
  EXPECT_EQ(capacity.shortest, 1 + 2 * 1 + 1);
}

TEST(Capacity, OfEqualOnesTheOneWithAConnectionPastItsLayersIsLarger) {
  const Capacity past = cell({2, 0, 0, 1, 1, 0});
  const Capacity through = cell({2, 0, 0, 0, 1, 0});
  EXPECT_EQ(past.macs, through.macs);
  EXPECT_EQ(past.longest, through.longest);
  EXPECT_GT(past.size(), through.size());
}

TEST(Capacity, LayersThatReachNoOutputHoldNothing) {
  const Capacity bare = cell({0, 0, 0, 1, 0, 0});
  const Capacity with_dead_end = cell({3, 0, 0, 1, 0, 0});
  EXPECT_EQ(bare.values(), with_dead_end.values());
}

TEST(Capacity, LayersThatNoInputReachesHoldNothing) {
  EXPECT_EQ(cell({0, 0, 3, 1, 3, 0}).values(), cell({0, 0, 0, 1, 0, 0}).values());
}

TEST(Capacity, OfCellsThatAreTheSameGraphIsTheSame) {
  EXPECT_EQ(cell({3, 0, 0, 1, 2, 0}).values(), cell({0, 3, 0, 1, 0, 2}).values());
}

TEST(Capacity, OfANetworkThroughWhichNothingFlowsIsNothing) {
  const Capacity capacity = cell({3, 3, 3, 0, 0, 0});
  EXPECT_EQ(capacity.values(), Capacity{}.values());
  EXPECT_EQ(capacity.size(), -INFINITY);
}

StudyFile study_of(const std::string& parameter, const std::string& features) {
  return parse_study("minimise = [\"error\"]\nlimits = [\"parameters <= 1e5\"]\n[parameters]\n" + parameter +
                         "\n[network]\ninput = [784]\nlayers = [{ type = \"linear\", features = \"" +
                         features + "\" }, { type = \"linear\", features = 10 }]\n",
                     "s.toml")
      .value();
}

TEST(Capacity, OfAStudysDesignsIsKnownWithTheirCosts) {
  const tests::Temporary place;
  const StudyFile study = study_of(
      "width = { type = \"integer\", low = 1, high = 64 }\nrate = { type = \"real\", low = 0, high = 1 }",
      "$width");
  const StudySetup setup = set_up(study, {}, place.system()).value();
  ASSERT_TRUE(setup.problem.capacity);
  const Capacity capacity = setup.problem.capacity({{20, 0.5}}).value();
  EXPECT_EQ(capacity.macs, 784 * 20 + 20 * 10);
  EXPECT_EQ(capacity.parameters, setup.problem.forecast({{20, 0.5}}).value().front().value);
}

}  // namespace
}  // namespace forecost::search
