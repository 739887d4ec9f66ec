// SPDX-License-Identifier: Apache-2.0
// What every predictor family owes; a new line in families.txt is tested here unasked.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "forecost/predictor/saved.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

class EveryFamily : public testing::TestWithParam<std::string> {
 protected:
  static const Family& family() { return *find_family(GetParam()); }
  static std::unique_ptr<Predictor> fitted(const measurement::Table& table) {
    auto predictor = family().fit(table, {.seed = 3});
    if (!predictor.has_value()) throw std::runtime_error(to_string(predictor.error()));
    return std::move(predictor).value();
  }
  static std::vector<layer::Kernel> questions() {
    return {synthetic::conv({}),
            synthetic::conv({.channels = 24, .filters = 48, .size = 14, .kernel = 1}),
            synthetic::elementwise(50000, "Add"),
            synthetic::conv({}),
            synthetic::conv({.batch = 32, .channels = 512, .filters = 512, .size = 7}),
            synthetic::elementwise(3, "Sigmoid")};
  }
};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Family& family : family_list()) result.emplace_back(family.name);
  return result;
}

void expect_same(const std::vector<KernelForecast>& a, const std::vector<KernelForecast>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].time.value, b[i].time.value);
    EXPECT_EQ(a[i].low.value, b[i].low.value);
    EXPECT_EQ(a[i].high.value, b[i].high.value);
    EXPECT_EQ(a[i].bound, b[i].bound);
    EXPECT_EQ(a[i].outside, b[i].outside);
  }
}

TEST_P(EveryFamily, SaysWhatItIs) {
  EXPECT_FALSE(family().summary.empty());
  EXPECT_FALSE(family().source.empty());
  EXPECT_GE(family().format, 1);
  EXPECT_EQ(fitted(synthetic::table())->family(), family().name);
}

TEST_P(EveryFamily, DoesNotCareAboutTheOrderOfRows) {
  measurement::Table table = synthetic::table({.networks = 8});
  const auto kernels = questions();
  const auto first = fitted(table);
  numeric::Random random(11);
  random.shuffle(table.kernels);
  random.shuffle(table.networks);
  const auto second = fitted(table);
  expect_same(first->predict(*first->compile(kernels)), second->predict(*second->compile(kernels)));
}

TEST_P(EveryFamily, PredictsTheSameBitsAfterSavingAndLoading) {
  Provenance provenance;
  provenance.created = "2026-01-01T00:00:00Z";
  provenance.command = "test";
  const auto predictor = fitted(synthetic::table({.networks = 8}));
  const auto file =
      std::filesystem::temp_directory_path() / ("forecost-" + GetParam() + std::to_string(::getpid()));
  ASSERT_TRUE(save(*predictor, provenance, std::nullopt, file).has_value());
  const auto loaded = load(file);
  std::filesystem::remove(file);
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
  EXPECT_EQ(loaded->provenance.command, "test");
  const auto kernels = questions();
  const Predictor& other = *loaded->predictor;
  expect_same(predictor->predict(*predictor->compile(kernels)), other.predict(*other.compile(kernels)));
  const TotalForecast a = predictor->predict_total(*predictor->compile(kernels));
  const TotalForecast b = other.predict_total(*other.compile(kernels));
  EXPECT_EQ(a.time.value, b.time.value);
  EXPECT_EQ(a.low.value, b.low.value);
  EXPECT_EQ(a.high.value, b.high.value);
}

TEST_P(EveryFamily, IsPositiveAndInsideItsIntervalFarBeyondTheData) {
  const auto predictor = fitted(synthetic::table({.networks = 6}));
  std::vector<layer::Kernel> kernels = questions();
  numeric::Random random(5);
  for (int i = 0; i < 200; ++i) {
    kernels.push_back(synthetic::conv({.batch = random.integer(1, 128),
                                       .channels = random.integer(1, 4096),
                                       .filters = random.integer(1, 4096),
                                       .size = random.integer(1, 300),
                                       .kernel = random.integer(1, 11)}));
  }
  layer::Kernel stranger = synthetic::elementwise(1000, "Mystery");
  stranger.path = "never_measured";
  kernels.push_back(stranger);
  kernels.emplace_back();
  for (const KernelForecast& forecast : predictor->predict(*predictor->compile(kernels))) {
    EXPECT_GT(forecast.low.value, 0);
    EXPECT_LE(forecast.low, forecast.time);
    EXPECT_LE(forecast.time, forecast.high);
    EXPECT_TRUE(std::isfinite(forecast.high.value));
  }
}

TEST_P(EveryFamily, TotalIsTheSumOfKernelsAndTheRunsOverhead) {
  const auto predictor = fitted(synthetic::table({.networks = 6}));
  const auto kernels = questions();
  const auto compiled = predictor->compile(kernels);
  double sum = 5e-6;  // the card's run overhead; a node's is part of its kernel
  for (const KernelForecast& forecast : predictor->predict(*compiled)) sum += forecast.time.value;
  const TotalForecast total = predictor->predict_total(*compiled);
  EXPECT_NEAR(total.time.value, sum, 1e-9 * sum);  // summed in another order
  EXPECT_LE(total.low, total.time);
  EXPECT_LE(total.time, total.high);
}

TEST_P(EveryFamily, CoversUnseenNetworksAsOftenAsItSays) {
  const auto predictor = fitted(synthetic::table({.networks = 30}));
  const auto unseen = synthetic::table({.networks = 30, .seed = 99});
  std::vector<layer::Kernel> kernels;
  for (const auto& row : unseen.kernels) kernels.push_back(row.kernel);
  const auto forecasts = predictor->predict(*predictor->compile(kernels));
  int covered = 0;
  for (std::size_t i = 0; i < forecasts.size(); ++i) {
    if (forecasts[i].low <= unseen.kernels[i].time && unseen.kernels[i].time <= forecasts[i].high) ++covered;
  }
  const double share = static_cast<double>(covered) / static_cast<double>(forecasts.size());
  EXPECT_GT(share, 0.84);  // 0.90 less three deviations of 360 draws and as many scores
}

TEST_P(EveryFamily, OneRowIsEnoughOrRefusedWithTheNumberNeeded) {
  measurement::Table table = synthetic::table({.networks = 1, .kernels = 1});
  table.networks.clear();
  const auto predictor = family().fit(table, {});
  if (!predictor.has_value()) {
    EXPECT_EQ(predictor.error().fault, Fault::bad_input);
    EXPECT_NE(predictor.error().what.find("needs"), std::string::npos);
    return;
  }
  const auto kernels = questions();
  EXPECT_EQ((*predictor)->predict(*(*predictor)->compile(kernels)).size(), kernels.size());
}

TEST_P(EveryFamily, NoRowsAreRefusedUnlessNoneAreNeeded) {
  const auto predictor = family().fit({.card = synthetic::card(), .kernels = {}, .networks = {}}, {});
  EXPECT_EQ(predictor.has_value(), !family().needs_measurements);
  if (predictor.has_value()) return;
  EXPECT_EQ(predictor.error().fault, Fault::bad_input);
  EXPECT_NE(predictor.error().hint.find("forecost calibrate"), std::string::npos);
}

TEST_P(EveryFamily, AHigherFormatIsRefusedWithTheCommandThatMakesANewFile) {
  const auto predictor = fitted(synthetic::table({.networks = 4}));
  const auto file =
      std::filesystem::temp_directory_path() / ("forecost-f-" + GetParam() + std::to_string(::getpid()));
  ASSERT_TRUE(save(*predictor, {}, std::nullopt, file).has_value());
  nlohmann::json content = nlohmann::json::parse(std::ifstream(file));
  content["family_format"] = family().format + 1;
  std::ofstream(file) << content;
  const auto loaded = load(file);
  std::filesystem::remove(file);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().fault, Fault::unsupported);
  EXPECT_NE(loaded.error().hint.find("forecost calibrate"), std::string::npos);
}

TEST_P(EveryFamily, SavedContentWithAMissingPartIsRefused) {
  const auto predictor = fitted(synthetic::table({.networks = 4}));
  const nlohmann::json saved = predictor->save();
  for (const auto& [key, value] : saved.items()) {
    nlohmann::json part = saved;
    part.erase(key);
    if (key == "rule" && value.empty()) continue;  // the roofline keeps nothing there
    const auto loaded = family().load(part, predictor->card());
    ASSERT_FALSE(loaded.has_value()) << "without " << key;
    EXPECT_EQ(loaded.error().fault, Fault::bad_input);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, testing::ValuesIn(names()),
                         [](const auto& entry) { return entry.param; });

}  // namespace
}  // namespace forecost::predictor
