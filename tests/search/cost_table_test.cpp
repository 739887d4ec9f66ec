// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/cost_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tests/search/chains.h"

namespace forecost::search {
namespace {

std::vector<std::uint32_t> random_path(const DesignGraph& graph, std::uint64_t seed) {
  numeric::Random random(seed);
  std::vector<std::uint32_t> path;
  std::uint32_t state = 0;
  for (const DesignGraph::Level& level : graph.levels()) {
    const auto arcs = static_cast<std::int64_t>(level.first[state + 1]) - level.first[state];
    if (arcs == 0) return {};  // what cannot be built ends here
    path.push_back(level.first[state] + static_cast<std::uint32_t>(random.integer(0, arcs - 1)));
    state = level.to[path.back()];
  }
  return path;
}

RC_GTEST_PROP(CostTable, CountsAreThoseOfTheWholeForecast, (std::uint64_t seed)) {
  const tests::ChainTable& chain = tests::chain();
  const auto path = random_path(chain.table.graph(), seed);
  RC_PRE(!path.empty());
  const auto whole = (*chain.costs)(chain.table.graph().design(path)).value();
  for (std::size_t c = 0; c < 3; ++c) {  // parameters, macs, operations
    RC_ASSERT(chain.table[c].exact);
    RC_ASSERT(chain.table.value(c, path) == whole[c].value);
  }
}

RC_GTEST_PROP(CostTable, LatencyAndMemoryAreWithinTheRatiosItHasSeen, (std::uint64_t seed)) {
  const tests::ChainTable& chain = tests::chain();
  const auto path = random_path(chain.table.graph(), seed);
  RC_PRE(!path.empty());
  const auto whole = (*chain.costs)(chain.table.graph().design(path)).value();
  for (const std::size_t c : {3, 4}) {
    const double ratio = whole[c].value / chain.table.value(c, path);
    // A design may lie beyond what some hundred others showed: half of their spread is allowed on each side.
    const auto& seen = chain.table[c].ratios;
    const double slack = 0.5 * (seen.back().value - seen.front().value) + 1e-9;
    RC_ASSERT(ratio >= seen.front().value - slack);
    RC_ASSERT(ratio <= seen.back().value + slack);
  }
}

TEST(CostTable, EveryArcIsCoveredByFewForecasts) {
  const CostTable& table = tests::chain().table;
  std::size_t most = 0;
  for (std::size_t l = 0; l < table.graph().levels().size(); ++l) {
    most = std::max(most, table.graph().levels()[l].arcs());
    for (std::uint32_t a = 0; a < table.graph().levels()[l].arcs(); ++a) {
      EXPECT_TRUE(table.open(l, a)) << "level " << l << ", arc " << a;
    }
  }
  EXPECT_LE(table.forecasts(), 3 * most + 64);
}

TEST(CostTable, APartsForecastAddsUpToTheWhole) {
  const tests::ChainTable& chain = tests::chain();
  const Design design = chain.table.graph().design(random_path(chain.table.graph(), 1));
  const auto parts = chain.costs->in_parts(design, *chain.study.chain).value();
  const auto whole = (*chain.costs)(design).value();
  for (std::size_t c = 0; c < parts.size(); ++c) {
    EXPECT_EQ(parts[c].total.value, whole[c].value);
    EXPECT_EQ(parts[c].total.deviation, whole[c].deviation);
  }
  double latency = 0;
  for (const double link : parts[3].sum) latency += link;
  EXPECT_NEAR(latency, whole[3].value, 1e-9 * whole[3].value) << "the made-up machine has no overhead";
}

TEST(CostTable, ArcsWhoseDesignsHaveNoForecastAreClosed) {
  const tests::ChainTable& chain = tests::chain();
  const auto table = CostTable::make(
      DesignGraph::make(chain.study.space, *chain.study.chain, {}).value(),
      [&](const Design& design) -> Result<std::vector<CostInParts>> {
        if (design.values[0] == 7) return Error{Fault::unsupported, "too wide", "width", "narrow it"};
        return chain.costs->in_parts(design, *chain.study.chain);
      },
      tests::chain_metrics().size());
  ASSERT_TRUE(table.has_value());
  const DesignGraph::Level& first = table->graph().levels().front();
  ASSERT_EQ(first.sets, std::vector<std::size_t>{0});
  for (std::uint32_t a = 0; a < first.arcs(); ++a) EXPECT_EQ(table->open(0, a), first.values[a] != 7);
}

}  // namespace
}  // namespace forecost::search
