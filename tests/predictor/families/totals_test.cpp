// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/numeric/random.h"
#include "forecost/predictor/physics.h"
#include "forecost/predictor/validation.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

/// Convolutions take three rooflines, additions half of one; totals only, noise of 2 %.
measurement::Table totals_only(int networks) {
  measurement::Table table{.card = synthetic::card(), .kernels = {}, .networks = {}};
  numeric::Random random(8);
  for (int i = 0; i < networks; ++i) {
    measurement::NetworkRow row{.name = std::to_string(i), .group = std::to_string(i)};
    double time = 0;
    for (int k = 0; k < 8; ++k) {
      const bool convolves = random.uniform() < 0.5;
      const layer::Kernel kernel =
          convolves ? synthetic::conv({.channels = 16 * random.integer(1, 8), .size = random.integer(14, 56)})
                    : synthetic::elementwise(random.integer(1000000, 9000000), "Add");
      time += (convolves ? 3 : 0.5) * roofline_time(kernel, table.card).value;
      row.kernels.push_back(kernel);
    }
    time *= std::exp(0.02 * random.normal());
    row.time = row.median = table.card.run_overhead + Seconds(time);
    table.networks.push_back(std::move(row));
  }
  return table;
}

TEST(Totals, FindsTheRateOfEveryKindOfKernelFromTotalsAlone) {
  const measurement::Table table = totals_only(30);
  const auto predictor = find_family("totals")->fit(table, {});
  ASSERT_TRUE(predictor.has_value()) << to_string(predictor.error());
  const std::vector<layer::Kernel> kernels{synthetic::conv({.channels = 64}),
                                           synthetic::elementwise(4000000, "Add")};
  const auto forecasts = (*predictor)->predict(*(*predictor)->compile(kernels));
  const double conv = 3 * roofline_time(kernels[0], table.card).value;
  const double add = 0.5 * roofline_time(kernels[1], table.card).value;
  // The prior and the terms of elements and calls take their share.
  EXPECT_NEAR(forecasts[0].time.value, conv, 0.1 * conv);
  EXPECT_NEAR(forecasts[1].time.value, add, 0.1 * add);
}

TEST(Totals, ForecastsNetworksThatWereLeftOut) {
  const auto validation = cross_validate(*find_family("totals"), totals_only(30), 5);
  ASSERT_TRUE(validation.has_value()) << to_string(validation.error());
  EXPECT_EQ(validation->networks.count, 30);
  EXPECT_LT(validation->networks.mape, 0.05);  // noise alone makes 1.6 %
  EXPECT_GT(validation->networks.coverage, 0.7);
}

TEST(Totals, KernelsWithoutTheirNetworksAreRefused) {
  measurement::Table table = synthetic::table({.networks = 6});
  table.networks.clear();
  const auto predictor = find_family("totals")->fit(table, {});
  ASSERT_FALSE(predictor.has_value());
  EXPECT_THAT(predictor.error().what, testing::HasSubstr("needs at least 2 measured networks"));
}

}  // namespace
}  // namespace forecost::predictor
