// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/known_costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "forecost/layer/layer.h"
#include "forecost/search/study_setup.h"
#include "tests/search/spaces.h"
#include "tests/search/temporary.h"

namespace forecost::search {
namespace {

using ::testing::HasSubstr;

/// A made-up machine of `peak` operations per second and a fifth of that in bytes.
std::shared_ptr<const predictor::Predictor> machine(const std::string& name, double peak) {
  device::Card card;
  card.identity.name = name;
  card.identity.runtime = "onnxruntime";
  card.peak_operations = {{"float32", peak}};
  card.memory = {{"DRAM", Bytes(0), peak / 5}};
  return predictor::find_family("roofline")->fit({.card = card, .kernels = {}, .networks = {}}, {}).value();
}

StudyFile study_of(const std::string& limits) {
  return parse_study("devices = [\"slow\", \"fast\"]\nminimise = [\"error\"]\nlimits = [" + limits +
                         "]\n[parameters]\nwidth = { type = \"integer\", low = 1, high = 64 }\nn = { type = "
                         "\"integer\", low = 1, high = 9 }\n[network]\ninput = [784]\nlayers = [{ type = "
                         "\"linear\", features = \"$width\" }, { type = \"linear\", features = 10 }]\n",
                     "s.toml")
      .value();
}

Predictors machines() {
  return {{"slow", machine("slow", 1e9)}, {"fast", machine("fast", 1e11)}};
}

TEST(KnownCosts, AreThoseOfTheDesignsNetwork) {
  const StudyFile study = study_of("\"parameters <= 1e4\"");
  const auto costs = KnownCosts::make(study.network,
                                      {{CostKind::parameters, ""},
                                       {CostKind::macs, ""},
                                       {CostKind::operations, ""},
                                       {CostKind::latency, "slow"},
                                       {CostKind::latency, "fast"},
                                       {CostKind::memory, "fast"}},
                                      machines())
                         .value();
  const std::vector<Known> known = (*costs)({{20, 1}}).value();
  EXPECT_EQ(known[0].value, 784 * 20 + 20 + 20 * 10 + 10);
  EXPECT_EQ(known[1].value, 784 * 20 + 200);
  EXPECT_GE(known[2].value, 2 * known[1].value);
  EXPECT_GT(known[3].value, known[4].value);
  EXPECT_GT(known[3].deviation, 0);
  EXPECT_GE(known[5].value, 4 * known[0].value);
  EXPECT_EQ(known[0].deviation, 0);
}

TEST(KnownCosts, AreComputedOncePerDesign) {
  int built = 0;
  const StudyFile study = study_of("\"parameters <= 1e4\"");
  const auto costs = KnownCosts::make(
                         [&](const Design& design) {
                           ++built;
                           return study.network(design);
                         },
                         {{CostKind::macs, ""}}, {})
                         .value();
  const double first = (*costs)({{20, 1}})->front().value;
  EXPECT_EQ((*costs)({{20, 1}})->front().value, first);
  EXPECT_NE((*costs)({{21, 1}})->front().value, first);
  EXPECT_EQ(built, 2);
  EXPECT_EQ(costs->computed(), 2U);
}

TEST(KnownCosts, AreComputedOncePerNetworkWhereItIsKnownWhatShapesIt) {
  const StudyFile study = study_of("\"parameters <= 1e4\"");
  EXPECT_THAT(study.network_parameters, ::testing::ElementsAre(0));
  const auto costs =
      KnownCosts::make(study.network, {{CostKind::macs, ""}}, {}, study.network_parameters).value();
  EXPECT_EQ((*costs)({{20, 1}})->front().value, (*costs)({{20, 9}})->front().value);
  EXPECT_EQ(costs->computed(), 1U);
}

TEST(KnownCosts, ADeviceWithoutPredictorIsNamed) {
  const StudyFile study = study_of("\"parameters <= 1e4\"");
  const auto costs = KnownCosts::make(study.network, {{CostKind::latency, "fats"}}, machines());
  ASSERT_FALSE(costs.has_value());
  EXPECT_THAT(costs.error().hint, HasSubstr("'fast'"));
}

TEST(KnownCosts, ADesignThatCannotBeBuiltIsAnError) {
  const auto costs = KnownCosts::make(
                         [](const Design&) -> Result<network::Network> {
                           return Error{Fault::bad_input, "no such network", "", "another design"};
                         },
                         {{CostKind::macs, ""}}, {})
                         .value();
  EXPECT_THAT((*costs)({{1}}).error().what, HasSubstr("no such network"));
}

TEST(StudySetup, KnownLimitsOfSeveralDevicesAndRulesDecideWhatIsAllowed) {
  const tests::Temporary place;
  const StudyFile study =
      study_of("\"latency@slow <= 1 s\", \"parameters <= 15915\", \"width * n <= 100\", \"width <= n * 10\"");
  const Result<StudySetup> setup = set_up(study, machines(), place.system());
  ASSERT_TRUE(setup.has_value()) << to_string(setup.error());
  const Problem& problem = setup->problem;
  EXPECT_TRUE(problem.allowed({{20, 5}}));   // 15910 parameters
  EXPECT_FALSE(problem.allowed({{21, 4}}));  // parameters
  EXPECT_FALSE(problem.allowed({{20, 6}}));  // 120
  EXPECT_FALSE(problem.allowed({{20, 1}}));  // 20 > 10
  EXPECT_EQ(problem.forecast({{20, 5}})->size(), 4U);
}

TEST(StudySetup, KnownMetricsOfATrialAreFilledIn) {
  const tests::Temporary place;
  place.write("t.csv", "width,n,error,joules\n20,5,0.5,3\n10,2,0.25,4\n");
  const std::string text =
      "minimise = [\"error\", \"macs\"]\nlimits = [\"joules <= 3.5\", \"width * n <= "
      "100\"]\n[parameters]\nwidth "
      "= { type = \"integer\", low = 1, high = 64 }\nn = { type = \"integer\", low = 1, high = 9 }\n"
      "[network]\ninput = [784]\nlayers = [{ type = \"linear\", features = \"$width\" }]\n[objective]\ntable "
      "= "
      "\"t.csv\"\nknown = [\"joules\"]\n";
  const StudyFile study = parse_study(text, place.path() / "s.toml").value();
  const Result<StudySetup> setup = set_up(study, {}, place.system());
  ASSERT_TRUE(setup.has_value()) << to_string(setup.error());
  const Evaluation evaluation = setup->evaluator({.design = {{20, 5}}}, {});
  EXPECT_EQ(evaluation.metrics, (Metrics{{"error", 0.5}, {"joules", 3}, {"macs", 784 * 20}}));
  EXPECT_TRUE(setup->problem.allowed({{20, 5}}));
  EXPECT_FALSE(setup->problem.allowed({{10, 2}}));  // 4 J
  EXPECT_FALSE(setup->problem.allowed({{11, 2}}));  // not in the table
  const Problem judging = judging_problem(study);
  ASSERT_EQ(judging.limits.size(), 1U);
  EXPECT_EQ(judging.limits[0].metric, "joules");
}

TEST(StudySetup, ATableWithoutTheObjectiveSaysWhichColumnsThereAre) {
  const tests::Temporary place;
  place.write("t.csv", "n,eror\n1,0.5\n");
  const StudyFile study =
      parse_study(
          "minimise = \"error\"\n[parameters]\nn = { type = \"integer\", low = 1, high = 9 }\n"
          "[objective]\ntable = \"t.csv\"\n",
          place.path() / "s.toml")
          .value();
  const auto setup = set_up(study, {}, place.system());
  ASSERT_FALSE(setup.has_value());
  EXPECT_THAT(setup.error().hint, HasSubstr("'eror'"));
}

}  // namespace
}  // namespace forecost::search
