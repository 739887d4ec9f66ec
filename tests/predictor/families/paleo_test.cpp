// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "forecost/predictor/paleo_model.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

std::vector<KernelForecast> forecasts_of(const measurement::Table& table,
                                         const std::vector<layer::Kernel>& kernels) {
  const auto predictor = find_family("paleo")->fit(table, {}).value();
  return predictor->predict(*predictor->compile(kernels));
}

TEST(Paleo, WithoutMeasurementsIsItsFormulaAtTheFullPeaks) {
  const device::Card card = synthetic::card();
  const layer::Kernel kernel = synthetic::conv({.channels = 64, .filters = 64, .size = 28, .kernel = 3});
  const PaleoTime time = paleo_forward({.in_h = 28,
                                        .in_w = 28,
                                        .in_c = 64,
                                        .kernel_h = 3,
                                        .kernel_w = 3,
                                        .out_h = 28,
                                        .out_w = 28,
                                        .out_c = 64},
                                       paleo_device_of(card, 1));
  EXPECT_DOUBLE_EQ(forecasts_of({.card = card, .kernels = {}, .networks = {}}, {kernel})[0].time.value,
                   time.total_ms() * 1e-3);
}

TEST(Paleo, RecoversAShareOfThePeaks) {
  measurement::Table table = synthetic::table({.networks = 6});
  std::vector<layer::Kernel> kernels;
  for (const auto& row : table.kernels) kernels.push_back(row.kernel);
  const auto ideal = forecasts_of({.card = table.card, .kernels = {}, .networks = {}}, kernels);
  for (std::size_t i = 0; i < kernels.size(); ++i) table.kernels[i].time = ideal[i].time / 0.4;
  const auto fitted = forecasts_of(table, kernels);
  for (std::size_t i = 0; i < kernels.size(); ++i)
    EXPECT_NEAR(fitted[i].time.value, table.kernels[i].time.value, 1e-3 * table.kernels[i].time.value);
}

}  // namespace
}  // namespace forecost::predictor
