// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/pool.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/search/feasible_points.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_setup.h"
#include "tests/search/spaces.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

Space plane() {
  return Space::make({tests::integer("x", 0, 99), tests::integer("y", 0, 99),
                      tests::categorical("kind", {"1", "2", "3"})})
      .value();
}

/// Sixty designs on a diagonal.
std::vector<Design> diagonal() {
  std::vector<Design> designs;
  for (int i = 0; i < 60; ++i)
    designs.push_back({{static_cast<double>(i), static_cast<double>(i), static_cast<double>(i % 3)}});
  return designs;
}

Problem problem_of() {
  Problem problem;
  problem.space = plane();
  problem.objectives = {{.metric = "f"}};
  problem.pool = std::make_shared<const Pool>(diagonal(), problem.space);
  return problem;
}

TEST(Pool, HoldsWhatItWasGivenOnce) {
  auto twice = diagonal();
  for (const Design& design : diagonal()) twice.push_back(design);
  const Pool pool(twice, plane());
  EXPECT_EQ(pool.designs().size(), 60U);
  EXPECT_TRUE(pool.contains({{3, 3, 0}}));
  EXPECT_FALSE(pool.contains({{3, 3, 1}}));
  EXPECT_FALSE(pool.contains({{3, 4, 0}}));
}

TEST(Pool, TheNearestDesignsShareTheirCategoryFirst) {
  const Pool pool(diagonal(), plane());
  const auto near = pool.nearest(plane().encode({{30, 30, 1}}));
  ASSERT_EQ(near.size(), 60U);
  EXPECT_EQ(pool.designs()[near[0]].values[0], 31) << "30 has category 0, 31 has 1";
}

TEST(Pool, EveryStrategyProposesItsDesignsAloneAndAllOfThem) {
  for (const StrategyEntry& entry : strategy_list()) {
    if (entry.name == "hypervolume") continue;  // is for several objectives
    const Problem problem = problem_of();
    const auto strategy = entry.make(nlohmann::json::object()).value();
    std::vector<Trial> history;
    std::set<double> seen;
    while (history.size() < 60) {
      auto proposal = strategy->propose(problem, history, 1);
      ASSERT_TRUE(proposal.has_value()) << entry.name << ": " << to_string(proposal.error());
      ASSERT_TRUE(problem.pool->contains(proposal->design)) << entry.name;
      Trial trial{.number = static_cast<std::int64_t>(history.size()), .design = proposal->design};
      trial.state = TrialState::complete;
      trial.metrics["f"] = std::abs(trial.design.values[0] - 40);
      seen.insert(trial.design.values[0]);
      history.push_back(std::move(trial));
    }
    EXPECT_EQ(seen.size(), 60U) << entry.name;
    EXPECT_FALSE(strategy->propose(problem, history, 1).has_value()) << entry.name;
  }
}

TEST(Pool, ATableWithoutEveryDesignIsThePoolOfItsStudy) {
  const search::tests::Temporary place;
  place.write("t.csv", "x,y,error\n1,2,0.5\n7,1,0.25\n");
  const StudyFile study =
      parse_study(
          "minimise = \"error\"\n[parameters]\nx = { type = \"integer\", low = 1, high = 9 }\n"
          "y = { type = \"integer\", low = 1, high = 9 }\n[objective]\ntable = \"t.csv\"\n",
          place.path() / "s.toml")
          .value();
  const auto setup = set_up(study, {}, place.system());
  ASSERT_TRUE(setup.has_value()) << to_string(setup.error());
  ASSERT_TRUE(setup->problem.pool);
  EXPECT_TRUE(setup->problem.allowed({{7, 1}}));
  EXPECT_FALSE(setup->problem.allowed({{7, 2}}));
}

}  // namespace
}  // namespace forecost::search
