// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/accelerator/kernels.h"
#include "forecost/network/zoo.h"
#include "forecost/prediction/prediction.h"
#include "forecost/predictor/accelerator_predictor.h"

namespace forecost::prediction {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::unique_ptr<predictor::Predictor> eyeriss() {
  return *predictor::make_accelerator_predictor(accelerator::find_accelerator("eyeriss")->accelerator());
}

Prediction predicted(std::string_view name) {
  const auto predictor = eyeriss();
  const auto network = layer::infer((*network::find_zoo(name))->build({}));
  if (!network) throw std::runtime_error(to_string(network.error()));
  const auto lowered = layer::lower(*network, *layer::find_runtime(predictor->card().identity.runtime));
  if (!lowered) throw std::runtime_error(to_string(lowered.error()));
  return predict(*network, *lowered, *predictor);
}

TEST(AcceleratorPrediction, EnergyIsTheSumOfItsKernelsAndOfItsParts) {
  const Prediction prediction = predicted("alexnet");
  ASSERT_TRUE(prediction.energy.has_value());
  EXPECT_EQ(prediction.energy->source, "energy table");
  double kernels = 0, parts = 0, times = 0;
  for (const KernelCost& cost : prediction.kernels) {
    kernels += cost.forecast.power->value * cost.forecast.time.value;
    times += cost.forecast.time.value;
  }
  for (const predictor::EnergyPart& part : prediction.energy->parts) parts += part.energy.value;
  EXPECT_NEAR(prediction.energy->total.value, kernels, 1e-9 * kernels);
  EXPECT_NEAR(parts, kernels, 1e-9 * kernels);
  EXPECT_NEAR(prediction.latency.time.value, times, 1e-9 * times);
  EXPECT_EQ(prediction.latency.low, prediction.latency.high);
}

TEST(AcceleratorPrediction, IsNeitherFasterThanTheArrayNorCheaperThanItsMultiplications) {
  const accelerator::Accelerator card = accelerator::find_accelerator("eyeriss")->accelerator();
  const Prediction prediction = predicted("mobilenet_v2");
  const auto macs = static_cast<double>(prediction.totals.macs.value);
  EXPECT_GE(prediction.latency.time.value, macs / (card.clock_hz * static_cast<double>(card.elements())));
  EXPECT_GE(prediction.energy->total.value, macs * card.energy.mac.value);
}

TEST(AcceleratorPrediction, NamesWhatTheArrayDoesNotRun) {
  std::vector<std::string> said;
  for (const Warning& warning : predicted("lstm_tagger").warnings) said.push_back(warning.what);
  EXPECT_THAT(said, Contains(HasSubstr("does not run LSTM")));
}

TEST(AcceleratorPrediction, AnArrayWithoutElementsIsRefused) {
  accelerator::Accelerator card = accelerator::find_accelerator("eyeriss")->accelerator();
  card.rows = 0;
  const auto predictor = predictor::make_accelerator_predictor(card);
  ASSERT_FALSE(predictor.has_value());
  EXPECT_THAT(predictor.error().hint, HasSubstr("rows"));
}

}  // namespace
}  // namespace forecost::prediction
