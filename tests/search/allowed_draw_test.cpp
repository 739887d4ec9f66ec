// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/allowed_draw.h"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/search/feasible_points.h"
#include "tests/search/chains.h"

namespace forecost::search {
namespace {

/// A chain of `layers` links with a choice of 1 ... 10 each, which are its costs: the sum, and minus it.
CostTable dice(int layers) {
  std::vector<Parameter> parameters;
  Chain chain;
  chain.input = {1};
  for (int i = 0; i < layers; ++i) {
    parameters.push_back(
        {.name = "d" + std::to_string(i), .kind = Parameter::Kind::integer, .low = 1, .high = 10});
    chain.parameters.push_back({static_cast<std::size_t>(i)});
  }
  chain.pass = [](std::size_t, const network::Shape& before, const Design&) -> Result<network::Shape> {
    return before;
  };
  chain.link_of = [](std::string_view) { return std::optional<std::size_t>(); };
  const Space space = Space::make(std::move(parameters)).value();
  return CostTable::make(
             DesignGraph::make(space, chain, {}).value(),
             [](const Design& design) -> Result<std::vector<CostInParts>> {
               CostInParts sum{.total = {},
                               .sum = design.values,
                               .largest = std::vector<double>(design.values.size(), 0.0)};
               CostInParts odd = sum;
               for (double& value : odd.sum) value = std::fmod(value, 2);
               for (CostInParts* cost : {&sum, &odd}) {
                 for (const double value : cost->sum) cost->total.value += value;
               }
               return std::vector<CostInParts>{sum, odd};
             },
             2)
      .value();
}

TEST(AllowedDraw, AllowedDesignsComeEquallyOften) {
  const CostTable table = dice(3);  // 20 of 1000 designs have a sum of at most 6
  const auto draw = AllowedDraw::make(table, {{.cost = 0, .bound = 6}}).value();
  numeric::Random random(1);
  std::map<std::vector<std::uint32_t>, int> seen;
  std::vector<std::uint32_t> path;
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    ASSERT_TRUE(draw.draw(random, path));
    ++seen[path];
  }
  ASSERT_EQ(seen.size(), 20U);
  double chi = 0;
  for (const auto& entry : seen) chi += std::pow(entry.second - draws / 20.0, 2) / (draws / 20.0);
  EXPECT_LT(chi, 43.8) << "the 99.9 % quantile of chi-square with 19 degrees of freedom";
}

TEST(AllowedDraw, WithoutLimitsEveryDesignComesEquallyOften) {
  const CostTable table = dice(2);
  const auto draw = AllowedDraw::make(table, {}).value();
  numeric::Random random(2);
  std::map<std::vector<std::uint32_t>, int> seen;
  std::vector<std::uint32_t> path;
  for (int i = 0; i < 20000; ++i) {
    ASSERT_TRUE(draw.draw(random, path));
    ++seen[path];
  }
  ASSERT_EQ(seen.size(), 100U);
  double chi = 0;
  for (const auto& entry : seen) chi += std::pow(entry.second - 200.0, 2) / 200.0;
  EXPECT_LT(chi, 148.2) << "the 99.9 % quantile of chi-square with 99 degrees of freedom";
}

TEST(AllowedDraw, FindsTheOneDesignOfAMillionMillion) {
  const CostTable table = dice(12);
  const auto draw = AllowedDraw::make(table, {{.cost = 0, .bound = 12}}).value();
  numeric::Random random(3);
  std::vector<std::uint32_t> path;
  ASSERT_TRUE(draw.draw(random, path, 100));
  EXPECT_EQ(table.graph().design(path).values, std::vector<double>(12, 1.0));
}

TEST(AllowedDraw, HoldsLimitsFromAboveAndFromBelowTogether) {
  const CostTable table = dice(12);  // of 1 ... 10 each: a mean of 66, six of them odd
  const auto draw = AllowedDraw::make(table, {{.cost = 0, .bound = 50},
                                              {.cost = 0, .bound = 48, .at_most = false},
                                              {.cost = 1, .bound = 11, .at_most = false}})
                        .value();
  numeric::Random random(4);
  std::vector<std::uint32_t> path;
  std::set<std::vector<std::uint32_t>> seen;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(draw.draw(random, path));
    EXPECT_LE(table.value(0, path), 50);
    EXPECT_GE(table.value(0, path), 48);
    EXPECT_GE(table.value(1, path), 11);
    seen.insert(path);
  }
  EXPECT_GT(seen.size(), 150U);
}

TEST(AllowedDraw, SaysWhenNothingCanHoldALimit) {
  const CostTable table = dice(12);
  EXPECT_FALSE(AllowedDraw::make(table, {{.cost = 0, .bound = 11.5}}).has_value());
  EXPECT_FALSE(AllowedDraw::make(table, {{.cost = 0, .bound = 120.5, .at_most = false}}).has_value());
  EXPECT_TRUE(AllowedDraw::make(table, {{.cost = 0, .bound = 12}}).has_value());
}

TEST(AllowedDraw, DrawsOfLatencyAndMemoryMostlyHoldTheirWholeForecast) {
  const StudyFile study =
      tests::chain_study("\"latency <= 40 us\", \"memory <= 300 kB\", \"parameters <= 60000\"");
  const auto setup = set_up(study, tests::machines(), *device::this_machine());
  ASSERT_TRUE(setup.has_value()) << to_string(setup.error());
  numeric::Random random(5);
  int allowed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto design = setup->problem.likely(random);
    ASSERT_TRUE(design.has_value());
    EXPECT_TRUE(study.space.check(*design).has_value());
    allowed += setup->problem.allowed(*design) ? 1 : 0;
  }
  EXPECT_GE(allowed, 60);
}

TEST(AllowedDraw, RulesBetweenParametersHoldInLikelyDesigns) {
  const StudyFile study =
      tests::chain_study("\"parameters <= 30000\", \"last * depth <= 4\", \"width >= 8 * last\"");
  const auto setup = set_up(study, tests::machines(), *device::this_machine());
  numeric::Random random(6);
  for (int i = 0; i < 100; ++i) {
    const auto design = setup->problem.likely(random);
    ASSERT_TRUE(design.has_value());
    EXPECT_TRUE(setup->problem.allowed(*design));
  }
}

TEST(AllowedDraw, ARandomSearchUnderARareLimitForecastsFewDesigns) {
  const StudyFile study = tests::chain_study("\"parameters <= 530\"");
  auto setup = set_up(study, tests::machines(), *device::this_machine());
  int forecasts = 0;
  Problem problem = setup->problem;
  problem.forecast = [&](const Design& design) {
    ++forecasts;
    return setup->problem.forecast(design);
  };
  numeric::Random random(7);
  const auto found = random_allowed(problem, {}, random);
  ASSERT_TRUE(found.has_value()) << to_string(found.error());
  EXPECT_TRUE(problem.allowed(*found));
  EXPECT_LT(forecasts, 60);
}

TEST(AllowedDraw, WithoutLimitsOnCostsThereAreNoLikelyDesigns) {
  const StudyFile study = tests::chain_study();
  EXPECT_FALSE(set_up(study, tests::machines(), *device::this_machine())->problem.likely);
}

}  // namespace
}  // namespace forecost::search
