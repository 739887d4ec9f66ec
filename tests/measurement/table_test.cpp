// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/table.h"

#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "forecost/numeric/random.h"
#include "tests/measurement/made_up_records.h"

namespace forecost::measurement {
namespace {

using testing::Each;
using testing::Field;
using testing::IsEmpty;

constexpr double run_overhead = 20e-6, node_overhead = 1.5e-6;
constexpr double rounding = 1e-6;  // relative: a straight line through exact points, in doubles

/// `count` networks of 3 to 30 kernels whose unprofiled time is exactly
///   run overhead + sum of profiled times + kernels x node overhead.
std::vector<Record> exact_records(int count, std::uint64_t seed) {
  numeric::Random random(seed);
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    std::vector<double> kernels(static_cast<std::size_t>(random.integer(3, 30)));
    double total = run_overhead;
    for (double& seconds : kernels) {
      seconds = random.log_uniform(1e-5, 1e-3);
      total += seconds + node_overhead;
    }
    records.push_back(made_up::record("net" + std::to_string(i), total, kernels));
  }
  return records;
}

double sum_of(const Table& table, const std::string& group) {
  double sum = 0;
  for (const KernelRow& row : table.kernels) sum += row.group == group ? row.time.value : 0;
  return sum;
}

TEST(Table, RunAndNodeOverheadsAreRecovered) {
  const auto records = exact_records(12, 1);
  const Table table = tabulate(made_up::card(), records);
  EXPECT_NEAR(table.card.run_overhead.value, run_overhead, rounding * run_overhead);
  ASSERT_EQ(table.networks.size(), records.size());
  // A kernel's time is its profiled time and its node's share.
  EXPECT_NEAR(table.kernels[0].time.value, records[0].kernel_seconds[0][0] + node_overhead,
              rounding * table.kernels[0].time.value);
}

TEST(Table, OneProfileThatIsFarOffDoesNotMoveTheOverheads) {
  auto records = exact_records(25, 2);
  records[7].run_seconds.assign(10, 3 * records[7].run_seconds[0]);
  const Table table = tabulate(made_up::card(), records);
  // Huber's weights bound the outlier's pull and do not remove it. Least squares would be off by 200 us.
  EXPECT_NEAR(table.card.run_overhead.value, run_overhead, 0.5 * run_overhead);
}

RC_GTEST_PROP(Table, KernelsSumUpToTheirNetworkLessTheRunOverhead, ()) {
  auto records = exact_records(10, *rc::gen::inRange<std::uint64_t>(0, 1 << 30));
  // Within the bounds of the scale, whatever the profile is off by.
  const double off = static_cast<double>(*rc::gen::inRange(80, 120)) / 100;
  for (double& seconds : records[0].run_seconds) seconds *= off;
  const Table table = tabulate(made_up::card(), records);
  for (const NetworkRow& network : table.networks) {
    const double expected = (network.time - table.card.run_overhead).value;
    RC_ASSERT(std::abs(sum_of(table, network.group) - expected) <= rounding * expected);
  }
}

TEST(Table, AProfileThatIsTooFarOffIsScaledNoFurtherThanByHalf) {
  auto records = exact_records(12, 3);
  records[0].run_seconds.assign(10, 10 * records[0].run_seconds[0]);
  const Table table = tabulate(made_up::card(), records);
  const auto& samples = records[0].kernel_seconds;
  const double profiled = std::accumulate(samples.begin(), samples.end(), 0.0,
                                          [](double sum, const auto& one) { return sum + one[0]; });
  EXPECT_LT(sum_of(table, "net0"), 1.7 * profiled);  // 1.5 times the kernels and their nodes' overhead
}

TEST(Table, EmptiedCachesDoNotTeachOverheadsButTheirKernelsCount) {
  auto records = exact_records(12, 4);
  for (int i = 0; i < 3; ++i) {
    auto& record = records[static_cast<std::size_t>(i)];
    record.evicted = true;
    for (double& seconds : record.run_seconds) seconds += 2e-3;
  }
  const Table table = tabulate(made_up::card(), records);
  EXPECT_NEAR(table.card.run_overhead.value, run_overhead, rounding * run_overhead);
  EXPECT_EQ(table.networks.size(), records.size());
}

TEST(Table, TooFewNetworksTeachNoOverhead) {
  EXPECT_EQ(tabulate(made_up::card(), exact_records(3, 5)).card.run_overhead.value, 0);
}

TEST(Table, NoRecordsGiveAnEmptyTableWithTheCard) {
  const Table table = tabulate(made_up::card(), {});
  EXPECT_THAT(table.kernels, IsEmpty());
  EXPECT_THAT(table.networks, IsEmpty());
  EXPECT_EQ(table.card.identity.name, "made-up");
  EXPECT_EQ(table.card.median_over_minimum, 1);
}

TEST(Table, ARecordWhoseProfileMissesAKernelIsLeftOut) {
  auto records = exact_records(6, 6);
  records[2].kernel_seconds[1].clear();
  const Table table = tabulate(made_up::card(), records);
  EXPECT_EQ(table.networks.size(), 5U);
  EXPECT_THAT(table.kernels, Each(Field(&KernelRow::group, testing::Ne("net2"))));
}

TEST(Table, TimesAreMinimaTimesTheTypicalRatioOfMedianToMinimum) {
  auto records = exact_records(8, 7);
  for (Record& record : records) {
    const double fastest = record.run_seconds[0];
    record.run_seconds = {1.02 * fastest, fastest, 1.04 * fastest};
  }
  const Table table = tabulate(made_up::card(), records);
  EXPECT_NEAR(table.card.median_over_minimum, 1.02, rounding);
  EXPECT_NEAR(table.networks[0].time / Seconds(records[0].run_seconds[1]), 1.02, rounding);
  EXPECT_EQ(table.networks[0].median.value, records[0].run_seconds[0]);
}

TEST(Table, ABusyMachineIsNotTypical) {
  auto records = exact_records(8, 8);
  for (Record& record : records) {
    const double fastest = record.run_seconds[0];
    record.run_seconds = {2 * fastest, fastest, 3 * fastest};
  }
  EXPECT_EQ(tabulate(made_up::card(), records).card.median_over_minimum, 1.05);
}

TEST(Table, TheSlopeBetweenCopiesReplacesTheProfile) {
  auto records = exact_records(8, 9);
  // One copy costs 30 us beside 100 us of session; the profile claims 200 us.
  records.push_back(made_up::record("operators-4", 130e-6, {200e-6}));
  records.push_back(made_up::record("operators-4x5", 250e-6, std::vector<double>(5, 200e-6)));
  records[8].group = records[9].group = "operators-4";
  const Table table = tabulate(made_up::card(), records);
  int slopes = 0;
  for (const KernelRow& row : table.kernels) {
    const bool copied = row.group == "operators-4";
    EXPECT_EQ(row.state == KernelState::slope, copied);
    if (!copied) continue;
    ++slopes;
    EXPECT_NEAR(row.time.value, 30e-6, rounding * 30e-6);
  }
  EXPECT_EQ(slopes, 6);
}

TEST(Table, ASlopeLostInNoiseLeavesTheProfile) {
  std::vector<Record> records{made_up::record("operators-4", 130e-6, {20e-6}),
                              made_up::record("operators-4x5", 120e-6, std::vector<double>(5, 20e-6))};
  records[0].group = records[1].group = "operators-4";
  const Table table = tabulate(made_up::card(), records);
  EXPECT_THAT(table.kernels, Each(Field(&KernelRow::state, KernelState::in_network)));
  EXPECT_THAT(table.kernels, Each(Field(&KernelRow::time, testing::Gt(Seconds(0)))));
}

TEST(Table, FusedCopiesAreNoSlope) {
  std::vector<Record> records{made_up::record("operators-4", 130e-6, {20e-6}),
                              made_up::record("operators-4x5", 250e-6, {20e-6, 20e-6})};
  records[0].group = records[1].group = "operators-4";
  EXPECT_THAT(tabulate(made_up::card(), records).kernels,
              Each(Field(&KernelRow::state, KernelState::in_network)));
}

}  // namespace
}  // namespace forecost::measurement
