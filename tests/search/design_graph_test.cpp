// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/design_graph.h"

#include <set>

#include <gtest/gtest.h>

#include "forecost/search/enumeration.h"
#include "tests/search/chains.h"

namespace forecost::search {
namespace {

using Path = std::vector<std::uint32_t>;

/// Calls visit with every path.
void each_path(const DesignGraph& graph, const std::function<void(const Path&)>& visit) {
  Path path;
  const std::function<void(std::uint32_t)> from = [&](std::uint32_t state) {
    if (path.size() == graph.levels().size()) {
      visit(path);
      return;
    }
    const DesignGraph::Level& level = graph.levels()[path.size()];
    for (std::uint32_t a = level.first[state]; a < level.first[state + 1]; ++a) {
      path.push_back(a);
      from(level.to[a]);
      path.pop_back();
    }
  };
  from(0);
}

/// Designs that can be built and hold the rule, the rate in its middle.
std::set<std::vector<double>> buildable(const StudyFile& study,
                                        const std::function<bool(const Design&)>& rule) {
  std::set<std::vector<double>> designs;
  enumerate(study.space, 1, [&](const Design& design) {
    std::vector<double> key = design.values;
    for (double& value : key) value = std::isnan(value) ? -1 : value;
    key.pop_back();
    if (rule(design) && study.network(design)) designs.insert(key);
    return true;
  });
  return designs;
}

std::set<std::vector<double>> paths(const DesignGraph& graph) {
  std::set<std::vector<double>> designs;
  each_path(graph, [&](const Path& path) {
    std::vector<double> key = graph.design(path).values;
    for (double& value : key) value = std::isnan(value) ? -1 : value;
    key.pop_back();
    EXPECT_TRUE(designs.insert(key).second) << "two paths with one design";
  });
  return designs;
}

TEST(DesignGraph, ItsPathsAreTheDesignsThatCanBeBuilt) {
  const StudyFile study = tests::chain_study();
  const auto graph = DesignGraph::make(study.space, *study.chain, {}).value();
  EXPECT_TRUE(graph.complete());
  EXPECT_EQ(paths(graph), buildable(study, [](const Design&) { return true; }));
}

TEST(DesignGraph, RulesBetweenParametersOfDistantStagesHoldOnEveryPath) {
  const StudyFile study = tests::chain_study();
  const DesignRule rule{.parameters = {0, 6},  // width and last
                        .holds = [](const Design& d) { return d.values[6] * 2 >= d.values[0]; }};
  const auto graph = DesignGraph::make(study.space, *study.chain, {rule}).value();
  EXPECT_EQ(paths(graph), buildable(study, rule.holds));
}

TEST(DesignGraph, ParametersWithManyValuesAreThinnedWhereAllWouldBeTooMany) {
  const StudyFile study =
      parse_study(
          "minimise = [\"error\"]\n[parameters]\na = { type = \"integer\", low = 1, high = "
          "400 }\nb = { type = \"integer\", low = 1, high = 400 }\nc = { type = \"integer\", low "
          "= 1, high = 2 }\n[network]\ninput = [8]\nlayers = [{ type = \"linear\", features "
          "= \"$a\" }, { type = \"linear\", features = \"$b * $c\" }]\n",
          "s.toml")
          .value();
  const auto graph = DesignGraph::make(study.space, *study.chain, {}).value();
  EXPECT_FALSE(graph.complete());
  std::set<double> seen;
  std::set<double> twos;
  numeric::Random random(1);
  each_path(graph, [&](const Path& path) {
    const Design design = graph.design(path);
    EXPECT_TRUE(study.space.check(design).has_value());
    const Design near = graph.filled(design, random);
    EXPECT_TRUE(study.space.check(near).has_value());
    EXPECT_LE(std::abs(near.values[0] - design.values[0]), 400.0 / 16 + 1);
    EXPECT_EQ(near.values[2], design.values[2]);
    seen.insert(design.values[0]);
    twos.insert(near.values[0]);
  });
  EXPECT_EQ(*seen.begin(), 1);
  EXPECT_EQ(*seen.rbegin(), 400);
  EXPECT_GT(twos.size(), 2 * seen.size()) << "cells are filled";
}

TEST(DesignGraph, IsNotMadeWhereNoDesignCanBeBuilt) {
  const StudyFile study =
      parse_study(
          "minimise = [\"error\"]\n[parameters]\nk = { type = \"integer\", low = 9, high = 12 "
          "}\n[network]\ninput = [3, 8, 8]\nlayers = [{ type = \"max_pool\", kernel = \"$k\" }]\n",
          "s.toml")
          .value();
  EXPECT_FALSE(DesignGraph::make(study.space, *study.chain, {}).has_value());
}

}  // namespace
}  // namespace forecost::search
