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

StudyFile formatted_study() {
  return parse_study(
             "minimise = [\"error\"]\nlimits = [\"weights <= 9 kB\"]\n[parameters]\nformat = { type = "
             "\"ordinal\", choices = [\"float32\", \"int8\", \"int4\", \"int2\", \"lightnn1\"] }\n"
             "[network]\ninput = [784]\nlayers = [{ type = \"linear\", features = 20, weights = \"$format\" "
             "}, { type = \"linear\", features = 10, weights = \"int8\" }]\n",
             "s.toml")
      .value();
}

TEST(KnownCosts, BytesOfWeightsFollowTheFormatsThatLayersSay) {
  const tests::Temporary place;
  const StudyFile study = formatted_study();
  EXPECT_THAT(study.network_parameters, ::testing::ElementsAre(0));
  const StudySetup setup = set_up(study, {}, place.system()).value();
  const auto bytes = [&](double format) { return setup.problem.forecast({{format}})->front().value; };
  // 784 x 20 in the searched format, 20 x 10 in a byte each, 30 biases in four.
  EXPECT_EQ(bytes(0), 4 * 15680 + 200 + 120);
  EXPECT_EQ(bytes(1), 15680 + 200 + 120);
  EXPECT_EQ(bytes(2), 15680.0 / 2 + 200 + 120);
  EXPECT_EQ(bytes(3), 15680.0 / 4 + 200 + 120);
  EXPECT_EQ(bytes(4), bytes(2));  // a sign and three bits of exponent
  EXPECT_FALSE(setup.problem.allowed({{1}}));
  EXPECT_TRUE(setup.problem.allowed({{2}}));
}

TEST(KnownCosts, BytesOfWeightsInPartsSumUpToTheWhole) {
  const StudyFile study = formatted_study();
  const auto costs = KnownCosts::make(study.network, {{CostKind::weights, ""}}, {}).value();
  costs->keep_weights_by(study.weights);
  const CostInParts parts = costs->in_parts({{3}}, *study.chain)->front();
  EXPECT_THAT(parts.sum, ::testing::ElementsAre(15680.0 / 4 + 80, 200 + 40));
  EXPECT_EQ(parts.total.value, parts.sum[0] + parts.sum[1]);
}

TEST(KnownCosts, WithoutFormatsWeightsTakeWhatTheNetworkSays) {
  const StudyFile study = study_of("\"parameters <= 1e4\"");
  const auto costs =
      KnownCosts::make(study.network, {{CostKind::weights, ""}, {CostKind::parameters, ""}}, {}).value();
  EXPECT_FALSE(study.weights);
  const std::vector<Known> known = (*costs)({{20, 1}}).value();
  EXPECT_EQ(known[0].value, 4 * known[1].value);
}

TEST(KnownCosts, AFormatThatDoesNotExistIsRefusedWithTheNearest) {
  const auto study = parse_study(
      "minimise = [\"error\"]\n[network]\ninput = [784]\nlayers = [{ type = \"linear\", features = 10, "
      "weights = \"int3\" }]\n[parameters]\nn = { type = \"integer\", low = 1, high = 2 }\n",
      "s.toml");
  ASSERT_FALSE(study.has_value());
  EXPECT_THAT(study.error().what, HasSubstr("'weights' cannot be 'int3'"));
}

TEST(KnownCosts, TheBuiltInTrainerRefusesFormatsThatItDoesNotTrainWith) {
  const auto study = parse_study(
      "minimise = [\"error\"]\n[network]\ninput = [784]\nlayers = [{ type = \"linear\", features = \"$n\", "
      "weights = \"int4\" }]\n[parameters]\nn = { type = \"integer\", low = 2, high = 4 }\n"
      "[objective]\ntrainer = \"glyphs\"\n",
      "s.toml");
  ASSERT_FALSE(study.has_value());
  EXPECT_THAT(study.error().what, HasSubstr("trains with float32 weights"));
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
