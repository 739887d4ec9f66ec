// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/shared_totals.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/numeric/random.h"

namespace forecost::predictor {
namespace {

/// A device of this speed; its 8-bit networks gain `bytes_gain`, noise of 2 %.
TotalTimes device(double speed, double bytes_gain, numeric::Random& random) {
  TotalTimes times;
  for (int size = 1; size <= 6; ++size) {
    for (const bool bytes : {false, true}) {
      const double ms =
          3.0 * size * size / speed / (bytes ? bytes_gain : 1) * std::exp(0.02 * random.normal());
      times[fmt::format("net{}{}", size, bytes ? "_int8" : "")] = from_milliseconds(ms);
    }
  }
  return times;
}

DeviceTotals devices(int count) {
  numeric::Random random(4);
  DeviceTotals all;
  for (int i = 0; i < count; ++i) {
    const double speed = std::exp(random.normal());
    all[fmt::format("d{}", i)] = device(speed, std::exp(0.7 * random.normal()), random);
  }
  return all;
}

double worst_error(const SharedTotals& totals, const TotalTimes& truth, const TotalTimes& known) {
  double worst = 0;
  for (const NetworkTotal& total : totals.forecast(known))
    worst = std::max(worst, std::abs(total.time.value / truth.at(total.network).value - 1));
  return worst;
}

TEST(SharedTotals, TwoTellingTimesOfANewDeviceGiveAllOthers) {
  const auto totals = SharedTotals::fit(devices(40));
  ASSERT_TRUE(totals.has_value()) << to_string(totals.error());
  numeric::Random random(99);
  const TotalTimes fresh = device(7, 3, random);
  TotalTimes known;
  for (const std::string& network : totals->most_telling(2)) known[network] = fresh.at(network);
  // One time of either kind; noise of 2 % on both sides, worst of twelve.
  EXPECT_LT(worst_error(*totals, fresh, known), 0.2);
  const TotalTimes same_kind{{"net1", fresh.at("net1")}, {"net2", fresh.at("net2")}};
  EXPECT_GT(worst_error(*totals, fresh, same_kind), worst_error(*totals, fresh, known));
}

TEST(SharedTotals, MeasuredNetworksShrinkTheIntervalsOfTheOthers) {
  const auto totals = SharedTotals::fit(devices(40));
  ASSERT_TRUE(totals.has_value());
  const auto width = [&totals](const TotalTimes& known) {
    const NetworkTotal last = totals->forecast(known).back();
    EXPECT_LT(last.low, last.time);
    EXPECT_LT(last.time, last.high);
    return std::log(last.high.value / last.low.value);
  };
  const double none = width({});
  const double one = width({{"net1", Seconds(1e-3)}});
  const double two = width({{"net1", Seconds(1e-3)}, {"net1_int8", Seconds(1e-3)}});
  EXPECT_LT(one, none);
  EXPECT_LT(two, one);
}

TEST(SharedTotals, AsksOnlyForWhatIsOffered) {
  const auto totals = SharedTotals::fit(devices(10));
  ASSERT_TRUE(totals.has_value());
  const std::vector<std::string> offered{"net2", "net5", "unheard"};
  EXPECT_THAT(totals->most_telling(5, offered), testing::UnorderedElementsAre("net2", "net5"));
}

TEST(SharedTotals, FewDevicesAreRefusedWithWhatIsNeeded) {
  const auto totals = SharedTotals::fit(devices(4));
  ASSERT_FALSE(totals.has_value());
  EXPECT_EQ(totals.error().fault, Fault::bad_input);
  EXPECT_THAT(totals.error().hint, testing::HasSubstr("five devices"));
}

Result<DeviceTotals> read(const std::string& text, const TotalColumns& columns) {
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text, "t.csv"));
  return read_totals(csv, columns);
}

TEST(SharedTotals, AFileOfTotalsIsReadByDeviceTheSmallestTimeCounting) {
  const auto totals =
      read("phone,threads,network,time_ms\nA,1,x,8\nA,1,x,6\nA,2,x,4\n", {.device = {"phone", "threads"}});
  ASSERT_TRUE(totals.has_value()) << to_string(totals.error());
  ASSERT_EQ(totals->size(), 2U);
  EXPECT_DOUBLE_EQ(totals->at("A | 1").at("x").value, 6e-3);
  EXPECT_DOUBLE_EQ(totals->at("A | 2").at("x").value, 4e-3);
}

TEST(SharedTotals, AFaultyFileIsRefusedWithItsPlace) {
  const auto absent = read("device,network,ms\nA,x,8\n", {});
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().what, testing::HasSubstr("time_ms"));
  const auto negative = read("device,network,time_ms\nA,x,-8\n", {});
  ASSERT_FALSE(negative.has_value());
  EXPECT_THAT(negative.error().where, testing::HasSubstr("t.csv:2 (time_ms)"));
}

}  // namespace
}  // namespace forecost::predictor
