// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_model.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/predictor/validation.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(PathModel, RecoversAKnownDeviceToItsNoise) {
  const auto validation = cross_validate(*find_family("path_model"), synthetic::table(), 4);
  ASSERT_TRUE(validation.has_value()) << to_string(validation.error());
  // Noise of 3 % alone makes a MAPE of 2.4 %.
  EXPECT_LT(validation->kernels.mape, 0.05);
  EXPECT_LT(validation->networks.mape, 0.02);
}

TEST(PathModel, ForecastsEnergyWhereTheEnergyOfKernelsWasMeasured) {
  measurement::Table table = synthetic::table();
  for (auto& row : table.kernels) {  // 8 W, and 30 pJ for every byte
    const auto bytes = static_cast<double>(row.kernel.cost.read.value + row.kernel.cost.written.value);
    row.energy = Joules(8 * row.time.value + 30e-12 * bytes);
  }
  const auto validation = cross_validate(*find_family("path_model"), table, 4);
  ASSERT_TRUE(validation.has_value()) << to_string(validation.error());
  EXPECT_EQ(validation->energy.count, static_cast<int>(table.kernels.size()));
  EXPECT_LT(validation->energy.mape, 0.05);
  EXPECT_LT(validation->power.mape, 0.08);

  const auto predictor = find_family("path_model")->fit(table, {}).value();
  const auto again = find_family("path_model")->load(predictor->save(), table.card).value();
  const std::vector<layer::Kernel> kernels{synthetic::conv({}), synthetic::elementwise(50000, "Add")};
  const auto energy = predictor->predict_energy(*predictor->compile(kernels));
  ASSERT_TRUE(energy);
  EXPECT_LT(energy->low, energy->energy);
  EXPECT_LT(energy->energy, energy->high);
  EXPECT_EQ(again->predict_energy(*again->compile(kernels))->energy, energy->energy);
  for (auto& row : table.kernels) row.energy.reset();
  const auto blind = find_family("path_model")->fit(table, {}).value();
  EXPECT_FALSE(blind->predict_energy(*blind->compile(kernels)));
}

/// The made-up device with all peaks, and all speeds, times this factor.
measurement::Table scaled(const std::string& name, double factor) {
  measurement::Table table = synthetic::table({.seed = 7});
  table.card.identity.name = name;
  for (auto& peak : table.card.peak_operations) peak.second *= factor;
  for (auto& level : table.card.memory) level.bandwidth *= factor;
  for (auto& row : table.kernels) row.time = row.time / factor;
  table.networks.clear();
  return table;
}

TEST(PathModel, ForecastsADeviceThatWasNeverMeasuredFromItsCard) {
  const std::vector<measurement::Table> others{scaled("a", 1), scaled("b", 2), scaled("c", 5),
                                               scaled("d", 8)};
  auto model = fit_path_model_across(others, {});
  ASSERT_TRUE(model.has_value()) << to_string(model.error());
  const measurement::Table fresh = scaled("e", 3);
  const auto predictor = make_path_predictor(*std::move(model), fresh.card);
  std::vector<layer::Kernel> kernels;
  for (const auto& row : fresh.kernels) kernels.push_back(row.kernel);
  const auto forecasts = predictor->predict(*predictor->compile(kernels));
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < forecasts.size(); ++i)
    pairs.push_back({fresh.kernels[i].time, forecasts[i].time, forecasts[i].low, forecasts[i].high});
  const ErrorSummary errors = summarise(pairs);
  EXPECT_LT(errors.mape, 0.1);  // 3 % are noise; between the factors nothing bends
  EXPECT_GT(errors.coverage, 0.84);
}

}  // namespace
}  // namespace forecost::predictor
