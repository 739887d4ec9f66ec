// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

TEST(EvolutionStrategy, AChildDiffersFromItsParentInAFewParameters) {
  const auto known = studies::known_problem("hartmann6");
  auto made = find_strategy("evolution")->make({{"population", 4}, {"tournament", 64}});
  std::vector<Trial> history;
  for (int i = 0; i < 4; ++i)
    history.push_back(studies::finished(known, i, {std::vector<double>(6, 0.2 * (i + 1))}));
  history[2].metrics["f"] = -9;
  std::vector<double> changed;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto child = (*made)->propose(known.problem, history, seed)->design;
    changed.push_back(0);
    for (const double value : child.values) changed.back() += std::abs(value - 0.6) > 1e-12 ? 1 : 0;
  }
  EXPECT_GE(numeric::quantile(changed, 0), 1);
  EXPECT_LE(numeric::median(changed), 3);
}

TEST(EvolutionStrategy, WithTwoObjectivesItCoversMoreThanRandom) {
  const auto known = studies::known_problem("zdt1_d6");
  const auto area = [&](const char* name) {
    std::vector<double> areas;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      auto made = find_strategy(name)->make(nlohmann::json::object());
      std::vector<Trial> history;
      std::vector<std::pair<double, double>> front;
      for (int i = 0; i < 150; ++i) {
        history.push_back(
            studies::finished(known, i, (*made)->propose(known.problem, history, seed)->design));
        front.emplace_back(history.back().metrics.at("f1"), history.back().metrics.at("f2"));
      }
      areas.push_back(studies::hypervolume(front, {1.1, 4}));
    }
    return numeric::median(areas);
  };
  EXPECT_GT(area("evolution"), 1.1 * area("random"));
}

}  // namespace
}  // namespace forecost::search
