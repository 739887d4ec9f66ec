// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/split.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/layer/layer.h"
#include "forecost/network/zoo.h"
#include "forecost/numeric/random.h"
#include "tests/deployment/machines.h"

namespace forecost::deployment {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNull;
using ::testing::SizeIs;

/// input (1000 B) -> 0 -> (100 B) -> 1 -> (400 B) -> 2 -> output (8 B)
SplitProblem chain() {
  SplitProblem problem;
  problem.graph.pieces = {{{"a"}, Seconds(1), Seconds(0.125)},
                          {{"b"}, Seconds(2), Seconds(0.25)},
                          {{"c"}, Seconds(4), Seconds(0.5)}};
  problem.graph.parcels = {{"in", std::nullopt, {0}, Bytes(1000), false},
                           {"ab", 0, {1}, Bytes(100), false},
                           {"bc", 1, {2}, Bytes(400), false},
                           {"out", 2, {}, Bytes(8), true}};
  problem.graph.edge_run = Seconds(0.5);
  problem.graph.server_run = Seconds(0.0625);
  problem.link = {
      .up = 100, .down = 8, .round_trip = Seconds(0.25), .radio_energy = 0.01, .idle_power = Watts(0.5)};
  problem.edge_power = Watts(2);
  return problem;
}

TEST(Split, CostsAreTheSumOfBothSidesAndTheLink) {
  const SplitCost cost = cost_of(chain(), {true, false, false});
  EXPECT_DOUBLE_EQ(cost.edge.value, 1.5);
  EXPECT_DOUBLE_EQ(cost.server.value, 0.75 + 0.0625);
  EXPECT_DOUBLE_EQ(cost.transfer.value, 1 + 0.25 + 1);
  EXPECT_DOUBLE_EQ(cost.latency.value, 1.5 + 0.8125 + 2.25);
  EXPECT_DOUBLE_EQ(cost.energy.value, 3 + 1.08 + 0.5 * (0.25 + 0.8125));
  EXPECT_EQ(cost.sent.value, 100);
  EXPECT_EQ(cost.received.value, 8);
  EXPECT_EQ(cost.crossing, 1U);
}

TEST(Split, OnTheEdgeAloneThereIsNoLink) {
  const SplitCost cost = cost_of(chain(), {true, true, true});
  EXPECT_DOUBLE_EQ(cost.latency.value, 7.5);
  EXPECT_EQ(cost.transfer.value, 0);
  EXPECT_DOUBLE_EQ(cost.energy.value, 15);
  EXPECT_EQ(cost.sent.value, 0);
}

TEST(Split, OnTheServerAloneTheInputIsSentAndTheEdgeDoesNotRun) {
  const SplitCost cost = cost_of(chain(), {false, false, false});
  EXPECT_EQ(cost.edge.value, 0);
  EXPECT_EQ(cost.sent.value, 1000);
  EXPECT_DOUBLE_EQ(cost.transfer.value, 10 + 0.25 + 1);
}

TEST(Split, WhatComesBackToTheEdgeIsTheCallersError) {
  EXPECT_THROW(cost_of(chain(), {false, true, true}), BrokenContract);
}

TEST(Split, TheBestOfAChainIsItsCheapestCut) {
  // after a: 4.5625; edge alone 7.5; server alone 12.1875; after b: 9.3125
  EXPECT_EQ(best_split(chain(), {}).edge, (Placement{true, false, false}));
  SplitProblem far = chain();
  far.link.round_trip = Seconds(10);
  EXPECT_EQ(best_split(far, {}).edge, (Placement{true, true, true}));
  SplitProblem near = chain();
  near.link.up = 1e6;
  EXPECT_EQ(best_split(near, {}).edge, (Placement{false, false, false}));
}

TEST(Split, ATensorThatTwoPiecesReadIsSentOnce) {
  SplitProblem problem = chain();
  problem.graph.parcels[1].readers = {1, 2};
  EXPECT_EQ(cost_of(problem, {true, false, false}).sent.value, 100);
}

TEST(Split, AllSplitsOfAChainAreItsCuts) {
  const SplitSet set = list_splits(chain());
  EXPECT_TRUE(set.complete);
  EXPECT_THAT(set.splits, SizeIs(4));
}

SplitProblem random_problem(std::uint64_t seed, std::size_t pieces) {
  numeric::Random random(seed);
  SplitProblem problem;
  PieceGraph& graph = problem.graph;
  std::vector<std::vector<std::size_t>> readers(pieces);
  std::vector<std::size_t> input;
  for (std::size_t p = 0; p < pieces; ++p) {
    graph.pieces.push_back(
        {{std::to_string(p)}, Seconds(random.uniform(0, 2)), Seconds(random.uniform(0, 1))});
    bool reads = false;
    for (std::size_t maker = 0; maker < p; ++maker) {
      if (random.uniform() > 0.35) continue;
      readers[maker].push_back(p);
      reads = true;
    }
    if (!reads || random.uniform() < 0.1) input.push_back(p);
  }
  graph.parcels.push_back({"in", std::nullopt, input, Bytes(random.integer(0, 200)), false});
  for (std::size_t p = 0; p < pieces; ++p) {
    const bool output = readers[p].empty() || random.uniform() < 0.1;
    graph.parcels.push_back({"t" + std::to_string(p), p, readers[p], Bytes(random.integer(0, 200)), output});
  }
  graph.edge_run = Seconds(random.uniform(0, 0.3));
  graph.server_run = Seconds(random.uniform(0, 0.3));
  problem.link = {.up = 100,
                  .down = 200,
                  .round_trip = Seconds(random.uniform(0, 0.5)),
                  .radio_energy = random.uniform(0, 0.02),
                  .radio_power = Watts(random.uniform(0, 1)),
                  .idle_power = Watts(random.uniform(0, 1))};
  problem.edge_power = Watts(random.uniform(0, 3));
  return problem;
}

/// All subsets of pieces that hold their makers.
std::vector<Split> brute_force(const SplitProblem& problem) {
  std::vector<Split> splits;
  const std::size_t count = problem.graph.pieces.size();
  for (unsigned code = 0; code < (1U << count); ++code) {
    Placement placement(count);
    for (std::size_t p = 0; p < count; ++p) placement[p] = ((code >> p) & 1U) != 0;
    const bool valid = std::all_of(
        problem.graph.parcels.begin(), problem.graph.parcels.end(), [&placement](const Parcel& parcel) {
          return !parcel.maker || placement[*parcel.maker] ||
                 std::none_of(parcel.readers.begin(), parcel.readers.end(),
                              [&placement](std::size_t reader) { return placement[reader]; });
        });
    if (valid) splits.push_back({placement, cost_of(problem, placement)});
  }
  return splits;
}

TEST(Split, TheMinimumCutIsTheBestOfAllSplits) {
  rc::check("of random graphs of nine pieces, for any weighting", [] {
    const SplitProblem problem = random_problem(*rc::gen::arbitrary<std::uint32_t>(), 9);
    const SplitWeights weights{.latency = *rc::gen::inRange(0, 5) * 0.25,
                               .energy = *rc::gen::inRange(1, 5) * 0.25};
    double least = std::numeric_limits<double>::infinity();
    for (const Split& split : brute_force(problem)) {
      least = std::min(least,
                       weights.latency * split.cost.latency.value + weights.energy * split.cost.energy.value);
    }
    const SplitCost best = best_split(problem, weights).cost;
    const double found = weights.latency * best.latency.value + weights.energy * best.energy.value;
    RC_ASSERT(std::abs(found - least) <= 1e-9 * (1 + least));
  });
}

TEST(Split, TheListHoldsEverySplitOnce) {
  rc::check("of random graphs of eight pieces", [] {
    const SplitProblem problem = random_problem(*rc::gen::arbitrary<std::uint32_t>(), 8);
    const SplitSet set = list_splits(problem);
    RC_ASSERT(set.complete);
    std::set<Placement> listed;
    for (const Split& split : set.splits) listed.insert(split.edge);
    std::set<Placement> expected;
    for (const Split& split : brute_force(problem)) expected.insert(split.edge);
    RC_ASSERT(listed.size() == set.splits.size());
    RC_ASSERT(listed == expected);
  });
}

TEST(Split, WithTooManySplitsTheExtremesOfTheFrontAreThereAllTheSame) {
  rc::check("the fastest and the most frugal split of random graphs", [] {
    const SplitProblem problem = random_problem(*rc::gen::arbitrary<std::uint32_t>(), 9);
    const SplitSet some = list_splits(problem, 5);
    RC_PRE(!some.complete);
    const std::vector<Split> all = brute_force(problem);
    for (const SplitAim aim : {SplitAim::latency, SplitAim::energy}) {
      const SplitCost found = choose(some.splits, {}, aim)->cost;
      const SplitCost best = choose(all, {}, aim)->cost;
      const auto value = [aim](const SplitCost& cost) {
        return aim == SplitAim::latency ? cost.latency.value : cost.energy.value;
      };
      RC_ASSERT(std::abs(value(found) - value(best)) <= 1e-9 * (1 + value(best)));
    }
  });
}

TEST(Split, TheFrontHoldsWhatNothingBeats) {
  rc::check("against comparing all pairs", [] {
    const std::vector<Split> all = brute_force(random_problem(*rc::gen::arbitrary<std::uint32_t>(), 7));
    const std::vector<Split> front = pareto_of(all);
    for (const Split& split : all) {
      const bool beaten = std::any_of(front.begin(), front.end(), [&split](const Split& other) {
        return other.cost.latency <= split.cost.latency && other.cost.energy <= split.cost.energy;
      });
      RC_ASSERT(beaten);
    }
    for (std::size_t i = 1; i < front.size(); ++i) {
      RC_ASSERT(front[i].cost.latency > front[i - 1].cost.latency);
      RC_ASSERT(front[i].cost.energy < front[i - 1].cost.energy);
    }
  });
}

TEST(Split, ALimitMovesTheChoiceOrLeavesNone) {
  const std::vector<Split> splits = list_splits(chain()).splits;
  const Split* frugal = choose(splits, {}, SplitAim::energy);
  ASSERT_NE(frugal, nullptr);
  EXPECT_EQ(frugal->edge, (Placement{true, false, false}));
  EXPECT_EQ(choose(splits, {.energy = Joules(5)}, SplitAim::latency)->edge, (Placement{true, false, false}));
  EXPECT_THAT(choose(splits, {.latency = Seconds(1)}, SplitAim::energy), IsNull());
}

TEST(Split, OfAlexnetLikesSmallTensorsAsNeurosurgeonFound) {
  // Kang et al. 2017, section 4: over a slow link AlexNet is best cut behind a pooling layer, over a fast one
  // it runs on the server, over none on the device.
  const layer::LayeredNetwork network = layer::infer(network::find_zoo("alexnet").value()->build({})).value();
  SplitProblem problem;
  const TimedKernels edge = tests::timed_on(network, 2e10);
  problem.graph = make_pieces(network, edge, tests::timed_on(network, 2e12)).value();
  const auto best_at = [&problem](double bytes_per_second) {
    problem.link.up = problem.link.down = bytes_per_second;
    return best_split(problem, {});
  };
  EXPECT_EQ(best_at(1e3).cost.crossing, 0U);
  const Split middle = best_at(5e6);
  std::string last;
  for (std::size_t p = 0; p < problem.graph.pieces.size(); ++p) {
    if (middle.edge[p]) last = problem.graph.pieces[p].layers.back();
  }
  EXPECT_THAT(last, ::testing::AnyOf(::testing::HasSubstr("MaxPool"), ::testing::HasSubstr("Flatten"),
                                     ::testing::HasSubstr("Dropout"), ::testing::HasSubstr("Reshape")));
  EXPECT_EQ(middle.cost.crossing, 1U);
  EXPECT_EQ(best_at(1e9).cost.edge.value, 0);
}

}  // namespace
}  // namespace forecost::deployment
