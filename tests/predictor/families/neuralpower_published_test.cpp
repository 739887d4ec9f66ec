// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "forecost/predictor/family.h"
#include "forecost/predictor/neuralpower_terms.h"
#include "tests/predictor/synthetic.h"

namespace forecost::predictor {
namespace {

TEST(NeuralPowerPublished, NeverSaysLessThanItsAuthorsClampForConvolutions) {
  const auto predictor = find_family("neuralpower_published")->fit(synthetic::table(), {});
  ASSERT_TRUE(predictor.has_value()) << to_string(predictor.error());
  const std::vector<layer::Kernel> kernels{
      synthetic::conv({.channels = 4, .filters = 4, .size = 4, .kernel = 1})};
  const auto forecasts = (*predictor)->predict(*(*predictor)->compile(kernels));
  EXPECT_GE(forecasts.front().time.value, 0.105e-3);  // max(y, 0.105) in predict_runtime_power.py
}

/// Sizes of the released code's feature sets, model_training/*.m.
TEST(NeuralPowerTerms, AreAsManyAsInTheReleasedCode) {
  const auto size = [](LayerType type, PolynomialTarget target) {
    return neuralpower_term_names(type, target).size();
  };
  EXPECT_EQ(size(LayerType::convolution, PolynomialTarget::runtime), 127U);
  EXPECT_EQ(size(LayerType::convolution, PolynomialTarget::power), 127U);
  EXPECT_EQ(size(LayerType::dense, PolynomialTarget::runtime), 21U);
  EXPECT_EQ(size(LayerType::dense, PolynomialTarget::power), 65U);
  EXPECT_EQ(size(LayerType::pool, PolynomialTarget::runtime), 86U);
  EXPECT_EQ(size(LayerType::pool, PolynomialTarget::power), 93U);
  EXPECT_EQ(size(LayerType::concat, PolynomialTarget::runtime), 15U);
  EXPECT_EQ(size(LayerType::concat, PolynomialTarget::power), 70U);
}

TEST(NeuralPowerTerms, ValuesAndNamesStandInTheSameOrder) {
  const layer::Kernel kernel =
      synthetic::conv({.batch = 2, .channels = 8, .filters = 16, .size = 10, .kernel = 3});
  const auto values = neuralpower_terms(kernel, LayerType::convolution, PolynomialTarget::runtime);
  const auto names = neuralpower_term_names(LayerType::convolution, PolynomialTarget::runtime);
  ASSERT_EQ(values.size(), names.size());
  const auto value = [&](const std::string& name) {
    return values[static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())];
  };
  EXPECT_EQ(value("c_in"), 8);
  EXPECT_EQ(value("batch * out_h * c_out"), 2 * 10 * 16);
  EXPECT_EQ(value("macs"), 2.0 * 10 * 10 * 16 * 9 * 8);
  EXPECT_EQ(value("im2col elements"), 2.0 * 10 * 10 * 9 * 8);
  EXPECT_EQ(value("batch * in_h * channels"), 2 * 10 * 8);
}

TEST(NeuralPowerTerms, PowerSeesLogarithmsToTheBase2) {
  const layer::Kernel kernel = synthetic::conv({.batch = 4, .channels = 8});
  const auto values = neuralpower_terms(kernel, LayerType::convolution, PolynomialTarget::power);
  const auto names = neuralpower_term_names(LayerType::convolution, PolynomialTarget::power);
  const auto found = std::find(names.begin(), names.end(), "log2(batch) * log2(c_in)");
  ASSERT_NE(found, names.end());
  EXPECT_EQ(values[static_cast<std::size_t>(found - names.begin())], 6);
}

TEST(NeuralPowerTerms, AConcatSeesTheChannelsOfItsParts) {
  layer::Kernel kernel;
  kernel.op = "Concat";
  kernel.inputs = {{1, 3, 4, 5}, {1, 7, 4, 5}};
  kernel.outputs = {{1, 10, 4, 5}};
  EXPECT_EQ(layer_type_of(kernel), LayerType::concat);
  const auto values = neuralpower_terms(kernel, LayerType::concat, PolynomialTarget::runtime);
  const std::vector<double> expected{1, 4, 5, 10, 3, 7, 0, 0, 0, 0, 200, 60, 140, 0, 0};
  EXPECT_EQ(values, expected);
}

}  // namespace
}  // namespace forecost::predictor
