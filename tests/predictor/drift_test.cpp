// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/drift.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

/// Kernels in random order; every row takes `slope` seconds longer than the one before.
measurement::Table campaign(double slope) {
  measurement::Table table = synthetic::table({.networks = 60, .kernels = 10, .noise = 0.03, .seed = 5});
  table.networks.clear();
  double extra = 0;
  for (auto& row : table.kernels) {
    row.time = row.median = row.time + Seconds(extra);
    extra += slope;
  }
  return table;
}

double added_to_all(const measurement::Table& table) {
  double sum = 0;
  for (const auto& row : table.kernels) sum += row.time.value;
  return sum;
}

TEST(Drift, FindsTheTimeThatEveryRowTakesMoreThanTheOneBefore) {
  const measurement::Table drifting = campaign(5e-6);
  const auto drift = drift_of(drifting);
  ASSERT_TRUE(drift.has_value()) << to_string(drift.error());
  ASSERT_FALSE(drift->at.empty());
  const double truth = 5e-6 * static_cast<double>(drifting.kernels.size() - 1);
  // Rows are of all sizes, the largest far above the drift: a fifth is what their noise leaves.
  EXPECT_NEAR(drift->last().value, truth, 0.2 * truth);
  for (std::size_t i = 1; i < drift->at.size(); ++i) EXPECT_GE(drift->at[i].value, drift->at[i - 1].value);
  const double still = added_to_all(campaign(0));
  const double before = added_to_all(drifting) - still;
  const double after = added_to_all(without_drift(drifting, *drift)) - still;
  EXPECT_LT(std::abs(after), 0.3 * before);
}

TEST(Drift, FindsNoneWhereThereIsNone) {
  const auto drift = drift_of(campaign(0));
  ASSERT_TRUE(drift.has_value()) << to_string(drift.error());
  EXPECT_TRUE(drift->at.empty());
  EXPECT_EQ(drift->last().value, 0);
}

TEST(Drift, IsNotTakenFromRowsThatAreOrderedBySize) {
  measurement::Table table = campaign(5e-6);
  std::sort(table.kernels.begin(), table.kernels.end(),
            [](const auto& a, const auto& b) { return a.time.value < b.time.value; });
  const auto drift = drift_of(table);
  ASSERT_TRUE(drift.has_value()) << to_string(drift.error());
  EXPECT_TRUE(drift->at.empty());
}

}  // namespace
}  // namespace forecost::predictor
