// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

TEST(TpeStrategy, ProposesNearTheGoodTrialsAndAwayFromTheBad) {
  studies::KnownProblem known;
  known.problem.space = *Space::make({{.name = "x"}});
  known.problem.objectives = {{.metric = "f"}};
  known.evaluate = [](const Design& d) { return Metrics{{"f", std::abs(d.values[0] - 0.2)}}; };
  std::vector<Trial> history;
  for (int i = 0; i < 20; ++i) history.push_back(studies::finished(known, i, {{i / 20.0 + 0.01}}));
  auto made = find_strategy("tpe")->make(nlohmann::json::object());
  std::vector<double> distances;
  for (std::uint64_t seed = 1; seed <= 21; ++seed)
    distances.push_back(std::abs((*made)->propose(known.problem, history, seed)->design.values[0] - 0.2));
  EXPECT_LT(numeric::median(distances), 0.12);
}

TEST(TpeStrategy, ALimitInLargeUnitsDoesNotDrownTheOthers) {
  // Of two violated limits the one in bytes is a million times larger; in units of their spreads they weigh
  // alike, so the trial that violates each by a little comes before those that violate one by much.
  studies::KnownProblem known;
  known.problem.space = *Space::make({{.name = "x"}});
  known.problem.objectives = {{.metric = "f"}};
  known.problem.limits = {{.metric = "bytes", .bound = 0}, {.metric = "share", .bound = 0}};
  known.evaluate = [](const Design& d) {
    const double x = d.values[0];
    return Metrics{{"f", 0}, {"bytes", 1e6 * x}, {"share", 1 - x}};
  };
  std::vector<Trial> history;
  for (int i = 0; i <= 20; ++i) history.push_back(studies::finished(known, i, {{i / 20.0}}));
  history[10].metrics["share"] = 0.1;
  auto made = find_strategy("tpe")->make({{"share", 0.01}});
  std::vector<double> values;
  for (std::uint64_t seed = 1; seed <= 21; ++seed)
    values.push_back((*made)->propose(known.problem, history, seed)->design.values[0]);
  EXPECT_GT(numeric::median(values), 0.2);
}

}  // namespace
}  // namespace forecost::search
