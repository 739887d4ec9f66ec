// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/embedding.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/search/spaces.h"

namespace forecost::search {
namespace {

/// Four edges with an operation each; what conv costs is known.
Problem edges() {
  Problem problem;
  std::vector<Parameter> parameters;
  for (const char* name : {"a", "b", "c", "d"})
    parameters.push_back(tests::categorical(name, {"\"skip\"", "\"conv\"", "\"pool\""}));
  problem.space = Space::make(std::move(parameters)).value();
  problem.limits = {{.metric = "latency", .bound = 100, .known = true}};
  problem.forecast = [](const Design& d) -> Result<std::vector<Known>> {
    double convolutions = 0;
    for (const double value : d.values) convolutions += value == 1 ? 1 : 0;
    return std::vector<Known>{{.value = std::exp(convolutions)}};
  };
  return problem;
}

TEST(Embedding, CategoricalsWithTheSameChoicesAddTheSharesOfTheirChoices) {
  const Problem problem = edges();
  const Embedding embedding = Embedding::with_forecasts(problem);
  ASSERT_EQ(embedding.columns(), 4 * 3 + 3 + 1);
  EXPECT_EQ(embedding.groups(), 4 + 2);
  const Eigen::VectorXd point = embedding.place({{1, 1, 0, 2}});
  EXPECT_EQ(point(12), 0.25);
  EXPECT_EQ(point(13), 0.5);
  EXPECT_EQ(point(14), 0.25);
}

TEST(Embedding, AKnownCostIsAColumnOfItsLogarithm) {
  const Problem problem = edges();
  const Embedding embedding = Embedding::with_forecasts(problem);
  const auto cost = [&](const Design& design) { return embedding.place(design)(15); };
  // Of 81 designs 128 sampled ones show every number of convolutions: 0 ... 4.
  EXPECT_NEAR(cost({{0, 0, 0, 0}}), 0, 1e-12);
  EXPECT_NEAR(cost({{1, 1, 1, 1}}), 1, 1e-12);
  EXPECT_NEAR(cost({{1, 0, 1, 2}}), 0.5, 1e-12);
}

TEST(Embedding, ASpaceWithRealParametersHasTheColumnsOfItsParametersAlone) {
  Problem problem = edges();
  problem.space = tests::mixed_space();
  EXPECT_EQ(Embedding::with_forecasts(problem).columns(), Embedding(problem.space).columns());
}

TEST(Embedding, WhatANetworkCanHoldIsAColumnEachWhereItDiffers) {
  Problem problem = edges();
  problem.capacity = [](const Design& d) -> Result<Capacity> {
    double convolutions = 0;
    for (const double value : d.values) convolutions += value == 1 ? 1 : 0;
    return Capacity{.macs = convolutions, .parameters = 7, .longest = convolutions, .shortest = 0};
  };
  const Embedding embedding = Embedding::with_forecasts(problem);
  const Embedding without = Embedding::with_costs(problem);
  ASSERT_EQ(embedding.columns(), without.columns() + 2);
  EXPECT_EQ(embedding.groups(), without.groups() + 2);
  // One to four convolutions are log(1) ... log(4), and log(2) ... log(5) for the longest way.
  const Eigen::VectorXd two = embedding.place({{1, 1, 0, 2}}).tail(2);
  EXPECT_NEAR(two(0), std::log(2) / std::log(4), 1e-12);
  EXPECT_NEAR(two(1), std::log(3.0 / 2) / std::log(5.0 / 2), 1e-12);
  EXPECT_EQ(embedding.place({{0, 0, 0, 2}}).tail(1)(0), -0.25);
}

TEST(Embedding, ARealParameterLeavesTheColumnsOfWhatANetworkCanHold) {
  Problem problem = edges();
  problem.space = tests::mixed_space();
  problem.capacity = [](const Design& d) -> Result<Capacity> {
    return Capacity{.macs = d.values[1], .parameters = 1, .longest = 1, .shortest = 1};
  };
  EXPECT_EQ(Embedding::with_forecasts(problem).columns(), Embedding(problem.space).columns() + 1);
}

}  // namespace
}  // namespace forecost::search
