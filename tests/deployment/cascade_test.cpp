// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/cascade.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace forecost::deployment {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

/// Four samples; the small network is right on the first and the last, the big one on all but the last.
Scores four_samples() {
  Scores scores;
  scores.samples = {"a", "b", "c", "d"};
  scores.networks = {{"small", {0.9, 0.4, 0.3, 0.6}, {1, 0, 0, 1}}, {"big", {1, 1, 1, 1}, {1, 1, 1, 0}}};
  return scores;
}

const std::vector<std::uint32_t> everything{0, 1, 2, 3};

TEST(Cascade, AnswersWithTheFirstNetworkThatIsSure) {
  const std::vector<Candidate> candidates{{"small", 0, Place::device, Seconds(1), Joules(2)},
                                          {"big", 1, Place::device, Seconds(10), Joules(30)}};
  const CascadeProblem problem{.candidates = candidates};
  const CascadeResult result = evaluate(problem, four_samples(), {{0, 0.5}, {1}}, everything);
  EXPECT_EQ(result.accuracy, 1);
  EXPECT_EQ(result.correct, 4);
  EXPECT_THAT(result.mean, ElementsAre(DoubleEq(1 + 0.5 * 10), DoubleEq(2 + 0.5 * 30), 0));
  EXPECT_EQ(result.longest.value, 11);
  EXPECT_THAT(result.answered, ElementsAre(0.5, 0.5));
  EXPECT_EQ(to_text(problem, {{0, 0.5}, {1}}), "small >= 0.5, big");
}

TEST(Cascade, AThresholdIsMetByAnEqualConfidence) {
  const std::vector<Candidate> candidates{{"small", 0, Place::device, Seconds(1), Joules(2)},
                                          {"big", 1, Place::device, Seconds(10), Joules(30)}};
  EXPECT_THAT(evaluate({.candidates = candidates}, four_samples(), {{0, 0.6}, {1}}, everything).answered,
              ElementsAre(0.5, 0.5));
}

TEST(Cascade, GoingToTheServerCostsTheLinkOnce) {
  const std::vector<Candidate> candidates{{"small", 0, Place::device, Seconds(1), Joules(2)},
                                          {"small", 0, Place::server, Seconds(0.25), std::nullopt},
                                          {"big", 1, Place::server, Seconds(0.5), std::nullopt}};
  const CascadeProblem problem{.candidates = candidates,
                               .link = {.up = 1000,
                                        .down = 100,
                                        .round_trip = Seconds(0.125),
                                        .radio_energy = 0.001,
                                        .radio_power = Watts(2),
                                        .idle_power = Watts(4)},
                               .sample = Bytes(500),
                               .answer = Bytes(25)};
  // On the wire 0.5 s + 0.25 s; waiting 0.125 s + 0.5 s.
  const Spent step = step_cost(problem, Place::device, candidates[2]);
  EXPECT_THAT(step, ElementsAre(DoubleEq(1.375), DoubleEq(0.525 + 1.5 + 2.5), 500));
  EXPECT_THAT(step_cost(problem, Place::server, candidates[2]), ElementsAre(0.5, DoubleEq(2), 0));
  const CascadeResult result = evaluate(problem, four_samples(), {{1, 0.5}, {2}}, everything);
  EXPECT_DOUBLE_EQ(result.mean[0], 0.75 + 0.125 + 0.25 + 0.5 * 0.5);
  EXPECT_EQ(result.mean[2], 500);
  EXPECT_EQ(to_text(problem, {{1, 0.5}, {2}}), "small@server >= 0.5, big@server");
}

TEST(Cascade, AnUnknownEnergyMakesTheMeanUnknownOnlyWhereItIsSpent) {
  const std::vector<Candidate> candidates{{"small", 0, Place::device, Seconds(1), Joules(2)},
                                          {"big", 1, Place::device, Seconds(10), std::nullopt}};
  const CascadeProblem problem{.candidates = candidates};
  EXPECT_TRUE(std::isinf(evaluate(problem, four_samples(), {{0, 0.5}, {1}}, everything).mean[1]));
  EXPECT_EQ(evaluate(problem, four_samples(), {{0, 0.1}, {1}}, everything).mean[1], 2);
}

TEST(ShareInterval, IsWilsons) {
  // (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n) with z = 1.6448536
  const ShareInterval interval = share_interval(90, 100, 0.9);
  EXPECT_THAT(interval.low, DoubleNear(0.8396445, 1e-7));
  EXPECT_THAT(interval.high, DoubleNear(0.9392813, 1e-7));
  EXPECT_THAT(share_interval(90, 100, 0).low, DoubleNear(0.9, 1e-9));
  EXPECT_EQ(share_interval(0, 10, 0.9).low, 0);
  EXPECT_THAT(share_interval(10, 10, 0.9).high, DoubleNear(1, 1e-12));
}

}  // namespace
}  // namespace forecost::deployment
