// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/predictor/accelerator_predictor.h"
#include "forecost/search/known_costs.h"
#include "forecost/search/study_file.h"

namespace forecost::search {
namespace {

using testing::HasSubstr;

constexpr std::string_view study_text = R"(
devices = ["eyeriss"]
minimise = ["error"]
limits = ["energy@eyeriss <= 1 mJ"]
[parameters]
width = { type = "integer", low = 1, high = 64 }
[network]
input = [784]
layers = [{ type = "linear", features = "$width" }, { type = "linear", features = 10 }]
)";

std::map<std::string, std::shared_ptr<const predictor::Predictor>> eyeriss() {
  return {{"eyeriss",
           predictor::make_accelerator_predictor(accelerator::find_accelerator("eyeriss")->accelerator())
               .value()}};
}

TEST(KnownEnergy, OfAnAcceleratorIsKnownBeforeATrialAndGrowsWithTheNetwork) {
  const StudyFile study = parse_study(std::string(study_text), "s.toml").value();
  ASSERT_EQ(study.limits.size(), 1);
  EXPECT_TRUE(study.limits[0].known);
  const auto costs =
      KnownCosts::make(study.network, {{CostKind::energy, "eyeriss"}, {CostKind::latency, "eyeriss"}},
                       eyeriss())
          .value();
  const std::vector<Known> narrow = (*costs)({{4}}).value(), wide = (*costs)({{64}}).value();
  EXPECT_GT(narrow[0].value, 0);
  EXPECT_GT(wide[0].value, narrow[0].value);
  EXPECT_EQ(wide[0].deviation, 0);
  EXPECT_EQ(wide[1].deviation, 0);  // its interval is empty
}

TEST(KnownEnergy, FollowsTheFormatOfTheWeights) {
  const std::string text = R"(
devices = ["eyeriss"]
minimise = ["error"]
limits = ["energy@eyeriss <= 1 mJ"]
[parameters]
format = { type = "ordinal", choices = ["int2", "int8", "float16"] }
[network]
input = [784]
layers = [{ type = "linear", features = 64, weights = "$format" }, { type = "linear", features = 10 }]
)";
  const StudyFile study = parse_study(text, "s.toml").value();
  const auto costs = KnownCosts::make(study.network, {{CostKind::energy, "eyeriss"}}, eyeriss()).value();
  costs->keep_weights_by(study.weights);
  const double two = (*costs)({{0.0}}).value()[0].value;
  const double eight = (*costs)({{1.0}}).value()[0].value;
  const double sixteen = (*costs)({{2.0}}).value()[0].value;
  EXPECT_LT(two, eight);
  EXPECT_LT(eight, sixteen);
}

TEST(KnownEnergy, WithoutADeviceIsWhatTrialsReport) {
  EXPECT_EQ(cost_of_metric("energy"), std::nullopt);
  EXPECT_EQ(cost_of_metric("energy@eyeriss"), CostKind::energy);
  EXPECT_EQ(cost_of_metric("latency"), CostKind::latency);
}

TEST(KnownEnergy, PowerIsEnergyOverLatency) {
  const StudyFile study = parse_study(std::string(study_text), "s.toml").value();
  const auto costs =
      KnownCosts::make(
          study.network,
          {{CostKind::energy, "eyeriss"}, {CostKind::latency, "eyeriss"}, {CostKind::power, "eyeriss"}},
          eyeriss())
          .value();
  const std::vector<Known> known = (*costs)({{16}}).value();
  EXPECT_NEAR(known[2].value, known[0].value / known[1].value, 1e-12 * known[2].value);
  EXPECT_EQ(cost_of_metric("power@eyeriss"), CostKind::power);
  EXPECT_EQ(cost_of_metric("power"), std::nullopt);
}

TEST(KnownEnergy, OfADeviceWithoutPowerIsRefused) {
  device::Card card;
  card.identity.name = "plain";
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", 1e11}};
  card.memory = {{"DRAM", Bytes(0), 2e10}};
  std::map<std::string, std::shared_ptr<const predictor::Predictor>> plain;
  plain.emplace(
      "plain",
      predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value());
  const StudyFile study = parse_study(std::string(study_text), "s.toml").value();
  const auto costs = KnownCosts::make(study.network, {{CostKind::energy, "plain"}}, plain).value();
  const auto known = (*costs)({{4}});
  ASSERT_FALSE(known.has_value());
  EXPECT_EQ(known.error().fault, Fault::unsupported);
  EXPECT_THAT(known.error().hint, HasSubstr("accelerator"));
}

}  // namespace
}  // namespace forecost::search
