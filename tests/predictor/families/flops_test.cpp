// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(Flops, TheRateIsAllOperationsOverAllTime) {
  measurement::Table table{.card = synthetic::card(), .kernels = {}, .networks = {}};
  const layer::Kernel small = synthetic::conv({.size = 28});
  const layer::Kernel large = synthetic::conv({.size = 56});
  table.kernels.push_back({.kernel = small, .group = "a", .time = Seconds(1e-3), .median = Seconds(1e-3)});
  table.kernels.push_back({.kernel = large, .group = "b", .time = Seconds(3e-3), .median = Seconds(3e-3)});
  const auto predictor = find_family("flops")->fit(table, {});
  ASSERT_TRUE(predictor.has_value());
  const std::vector<layer::Kernel> kernels{small, large};
  const auto forecasts = (*predictor)->predict(*(*predictor)->compile(kernels));
  EXPECT_NEAR(forecasts[0].time.value, 0.8e-3, 1e-9);  // one part of five of 4 ms
  EXPECT_NEAR(forecasts[1].time.value, 3.2e-3, 1e-9);
}

}  // namespace
}  // namespace forecost::predictor
