// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/morph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/device/system.h"
#include "forecost/search/study_setup.h"

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Trial;
using search::TrialState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two convolutions of 3 x 3 on images of 8 x 8 and a classifier of ten.
search::StudyFile study() {
  return search::parse_study(
             "minimise = [\"error\"]\nlimits = [\"macs <= 300 k\"]\n[parameters]\nfirst = { type = "
             "\"integer\", low "
             "= 8, high = 64 }\nsecond = { type = \"integer\", low = 8, high = 64 }\n[network]\ninput = [3, "
             "8, "
             "8]\nlayers = [{ type = \"conv\", channels = \"$first\" }, { type = \"conv\", channels = "
             "\"$second\" }, { type = \"global_average_pool\" }, { type = \"linear\", features = 10 }]\n",
             "s.toml")
      .value();
}

Problem problem_of() {
  return search::set_up(study(), {}, *device::this_machine())->problem;
}

CompressionOptions both() {
  CompressionOptions options = compression_of(study(), {}).value();
  options.widths.multiple = 1;
  return options;
}

Trial left(const search::Proposal& proposal, double first, double second) {
  Trial trial;
  trial.design = proposal.design;
  trial.state = TrialState::complete;
  trial.metrics = {{"error", 0.1}, {"alive.first", first}, {"alive.second", second}};
  return trial;
}

TEST(ChannelCosts, AreTheCoefficientsOfMorphNetsRegulariser) {
  // C alive_in + C' alive_out with C = 8 * 8 * 3 * 3: a channel of the first convolution reads 3 and is read
  // by 24; one of the second reads 16 and is read by ten outputs.
  const Problem problem = problem_of();
  const auto costs =
      channel_costs(problem.space, both().widths, {{16, 24}}, cost_function(problem, 0)).value();
  EXPECT_THAT(costs, ElementsAre(576 * 3 + 576 * 24, 576 * 16 + 10));
}

TEST(ChannelCosts, OfTheNarrowestWidthAreThoseOfTheNextChannel) {
  const Problem problem = problem_of();
  const auto costs = channel_costs(problem.space, both().widths, {{8, 8}}, cost_function(problem, 0)).value();
  EXPECT_THAT(costs, ElementsAre(576 * 3 + 576 * 8, 576 * 8 + 10));
}

TEST(MorphNet, WidensWhatTheRegulariserLeftUntilTheLimitIsUsedUp) {
  const Problem problem = problem_of();
  MorphNet strategy(both());
  const auto start = strategy.propose(problem, {}, 1).value();
  // 1728 w + 576 w^2 + 10 w <= 300000 for w = 21.
  EXPECT_THAT(start.design.values, ElementsAre(21, 21));
  const std::vector<Trial> trials{left(start, 10, 20)};
  const auto next = strategy.propose(problem, trials, 1).value();
  // The second is twice as wide as the first: 1728 a + 576 a b + 10 b <= 300000.
  EXPECT_THAT(next.design.values, ElementsAre(15, 31));
  EXPECT_TRUE(problem.allowed(next.design));
  EXPECT_THAT(next.reason, HasSubstr("what trial 0 left of the widths times 1.5"));
}

TEST(MorphNet, EndsWhenTheWidthsNoLongerChange) {
  const Problem problem = problem_of();
  MorphNet strategy(both());
  const auto start = strategy.propose(problem, {}, 1).value();
  const std::vector<Trial> trials{left(start, 20, 20)};
  EXPECT_EQ(strategy.propose(problem, trials, 1).error().fault, Fault::exhausted);
}

TEST(MorphNet, ATrialThatDoesNotSayWhatItLeftIsNamedWithTheMetric) {
  const Problem problem = problem_of();
  MorphNet strategy(both());
  std::vector<Trial> trials{left(strategy.propose(problem, {}, 1).value(), 20, 20)};
  trials[0].metrics.erase("alive.second");
  const auto next = strategy.propose(problem, trials, 1);
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().where, "alive.second");
  trials[0].state = TrialState::running;
  EXPECT_EQ(strategy.propose(problem, trials, 1).error().fault, Fault::unsupported);
}

TEST(MorphNet, TellsATrainingWhatItsChannelsCost) {
  const Problem problem = problem_of();
  const auto told = nlohmann::json::parse(regulariser_of(problem, both(), {{16, 24}}).value());
  EXPECT_EQ(told["metric"], "macs");
  EXPECT_EQ(told["cost"], 576 * 3 * 16 + 576 * 16 * 24 + 10 * 24);
  EXPECT_EQ(told["limit"], 300000);
  EXPECT_EQ(told["channel_costs"]["second"], 576 * 16 + 10);
}

}  // namespace
}  // namespace forecost::deployment
