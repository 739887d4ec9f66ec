// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/cascade_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/random.h"

namespace forecost::deployment {
namespace {

using ::testing::IsNull;
using ::testing::SizeIs;

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Instance {
  Scores scores;
  std::vector<Candidate> candidates;
  CascadeProblem problem;
  std::vector<std::uint32_t> samples;

  void add(std::vector<double> confidence, std::vector<std::uint8_t> correct, Seconds time, Place place) {
    const std::string name = "n" + std::to_string(scores.networks.size());
    candidates.push_back({name, scores.networks.size(), place, time, Joules(time.value * 3)});
    scores.networks.push_back({name, std::move(confidence), std::move(correct)});
  }
  void finish() {
    samples.resize(scores.networks.front().correct.size());
    std::iota(samples.begin(), samples.end(), 0U);
    for (const std::uint32_t sample : samples) scores.samples.push_back(std::to_string(sample));
    problem.candidates = candidates;
  }
};

/// Every order of candidates and every threshold at, above and below every confidence: for each count of
/// right answers the least cost.
class BruteForce {
 public:
  BruteForce(const Instance& instance, const CascadeQuestion& question)
      : instance_(instance), question_(question) {
    grow({});
  }

  /// Cheapest cost by accuracy, without what costs as much as a better one.
  std::map<std::int64_t, double> front() const {
    std::map<std::int64_t, double> front;
    double least = infinity;
    for (auto entry = least_.rbegin(); entry != least_.rend(); ++entry) {
      if (entry->second < least * (1 - 1e-9)) front.insert(*entry);
      least = std::min(least, entry->second);
    }
    return front;
  }

 private:
  void grow(const Cascade& before) {
    for (std::size_t c = 0; c < instance_.candidates.size(); ++c) {
      const Candidate& next = instance_.candidates[c];
      if (std::any_of(before.begin(), before.end(), [&](const Stage& stage) {
            const Candidate& earlier = instance_.candidates[stage.candidate];
            return earlier.answers == next.answers ||
                   (earlier.place == Place::server && next.place == Place::device);
          })) {
        continue;
      }
      Cascade cascade = before;
      cascade.push_back({c});
      const CascadeResult result = evaluate(instance_.problem, instance_.scores, cascade, instance_.samples);
      bool holds = result.longest.value <= question_.longest.value;
      for (std::size_t i = 0; i < spendings; ++i)
        holds = holds && result.mean[i] <= question_.most[i] * (1 + 1e-12);
      if (holds) {
        const auto entry = least_.try_emplace(result.correct, infinity).first;
        entry->second = std::min(entry->second, result.mean[static_cast<std::size_t>(question_.minimise)]);
      }
      if (cascade.size() == question_.stages) continue;
      std::set<double> thresholds{-infinity, infinity};
      for (const double confidence : instance_.scores.networks[next.answers].confidence)
        thresholds.insert(confidence);
      for (const double threshold : thresholds) {
        cascade.back().threshold = threshold;
        grow(cascade);
      }
    }
  }

  const Instance& instance_;
  CascadeQuestion question_;
  std::map<std::int64_t, double> least_;
};

Instance random_instance(std::uint64_t seed, std::int64_t networks, std::int64_t samples) {
  numeric::Random random(seed);
  Instance instance;
  std::vector<double> hardness;
  for (std::int64_t i = 0; i < samples; ++i) hardness.push_back(random.uniform());
  for (std::int64_t n = 0; n < networks; ++n) {
    // Each network is dearer than the one before, and mostly better.
    const double skill = random.uniform(-0.1, 0.1) + 0.3 * static_cast<double>(n);
    const double time = 0.1 * std::pow(3.0, static_cast<double>(n)) * random.uniform(0.7, 1.5);
    std::vector<double> confidence;
    std::vector<std::uint8_t> correct;
    for (const double hard : hardness) {
      const double ease = 0.6 * random.uniform() + skill - hard;
      correct.push_back(ease > 0 ? 1 : 0);
      confidence.push_back(std::round(8 * (0.4 * random.uniform() + ease)) / 8);  // with ties
    }
    instance.add(std::move(confidence), std::move(correct), Seconds(time),
                 random.uniform() < 0.3 ? Place::server : Place::device);
  }
  instance.finish();
  instance.problem.link = {.up = 10, .round_trip = Seconds(random.uniform(0, 0.3)), .idle_power = Watts(1)};
  instance.problem.sample = Bytes(random.integer(0, 3));
  return instance;
}

void expect_the_same(const CascadeFront& front, const std::map<std::int64_t, double>& truth,
                     std::size_t metric) {
  RC_ASSERT(front.points.size() == truth.size());
  auto expected = truth.begin();
  for (const CascadePoint& point : front.points) {
    RC_ASSERT(point.tuned.correct == expected->first);
    RC_ASSERT(std::abs(point.tuned.mean[metric] - expected->second) <= 1e-9 * (1 + expected->second));
    ++expected;
  }
}

TEST(CascadeSearch, TheFrontIsThatOfAllCascades) {
  rc::check("three networks in up to three stages on eight samples, device and server", [] {
    const Instance instance = random_instance(*rc::gen::arbitrary<std::uint32_t>(), 3, 8);
    CascadeQuestion question;
    question.minimise = *rc::gen::element(Spending::time, Spending::energy);
    const CascadeFront front = search_cascades(instance.problem, instance.scores, instance.samples, question);
    RC_ASSERT(front.exact);
    expect_the_same(front, BruteForce(instance, question).front(),
                    static_cast<std::size_t>(question.minimise));
  });
}

TEST(CascadeSearch, TheFrontIsThatOfAllCascadesThatHoldTheLimits) {
  rc::check("limits of the mean of another spending and of the longest time", [] {
    const Instance instance = random_instance(*rc::gen::arbitrary<std::uint32_t>(), 3, 6);
    CascadeQuestion question;
    question.minimise = Spending::time;
    question.most[1] = 0.3 + 0.1 * *rc::gen::inRange(0, 20);
    question.longest = Seconds(0.5 + 0.1 * *rc::gen::inRange(0, 15));
    expect_the_same(search_cascades(instance.problem, instance.scores, instance.samples, question),
                    BruteForce(instance, question).front(), 0);
  });
}

TEST(CascadeSearch, FourStagesAreExactToo) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Instance instance = random_instance(seed, 4, 5);
    CascadeQuestion question;
    question.stages = 4;
    const CascadeFront front = search_cascades(instance.problem, instance.scores, instance.samples, question);
    const auto truth = BruteForce(instance, question).front();
    ASSERT_THAT(front.points, SizeIs(truth.size())) << seed;
    for (const CascadePoint& point : front.points) {
      ASSERT_TRUE(truth.contains(point.tuned.correct)) << seed;
      EXPECT_NEAR(point.tuned.mean[0], truth.at(point.tuned.correct), 1e-9) << seed;
    }
  }
}

TEST(CascadeSearch, WithTooLittleEffortItSaysSoAndStaysNear) {
  const Instance instance = random_instance(3, 4, 400);
  CascadeQuestion question;
  const CascadeFront exact = search_cascades(instance.problem, instance.scores, instance.samples, question);
  ASSERT_TRUE(exact.exact);
  question.effort = 20'000;
  const CascadeFront rough = search_cascades(instance.problem, instance.scores, instance.samples, question);
  EXPECT_FALSE(rough.exact);
  // What it finds exists, so it is never better; and for every accuracy of the true front it is at most 2 %
  // dearer (measured: 1.3 %).
  for (const CascadePoint& point : exact.points) {
    const CascadePoint* other = cheapest(rough, 400, point.tuned.accuracy, 0.5);
    ASSERT_NE(other, nullptr);
    EXPECT_GE(other->tuned.mean[0], point.tuned.mean[0] * (1 - 1e-9));
    EXPECT_LE(other->tuned.mean[0], point.tuned.mean[0] * 1.02);
  }
}

TEST(CascadeSearch, ABigAndALittleNetworkShareTheWork) {
  Instance instance;
  instance.add({0.9, 0.8, 0.7, 0.1, 0.2, 0.6}, {1, 1, 1, 0, 1, 1}, Seconds(1), Place::device);
  instance.add({1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}, Seconds(6), Place::device);
  instance.finish();
  const CascadeFront front = search_cascades(instance.problem, instance.scores, instance.samples, {});
  ASSERT_THAT(front.points, SizeIs(2));
  EXPECT_EQ(front.points[0].tuned.correct, 5);  // the little network alone
  EXPECT_EQ(front.points[0].tuned.mean[0], 1);
  EXPECT_EQ(front.points[1].tuned.correct, 6);  // the least sure sample goes on: 1 + 1 / 6 * 6
  EXPECT_DOUBLE_EQ(front.points[1].tuned.mean[0], 2);
  EXPECT_DOUBLE_EQ(front.points[1].cascade[0].threshold, 0.15);
}

TEST(CascadeSearch, TheCheapestThatHoldsAnAccuracyMayHaveToHoldItWithAChance) {
  Instance instance;
  instance.add({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, Seconds(1), Place::device);
  instance.add({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, Seconds(2), Place::device);
  instance.finish();
  const CascadeFront front = search_cascades(instance.problem, instance.scores, instance.samples, {});
  EXPECT_EQ(cheapest(front, 10, 0.8, 0.5), &front.points[0]);
  EXPECT_EQ(cheapest(front, 10, 0.8, 0.9), &front.points[1]);  // eight of ten could be luck
  EXPECT_THAT(cheapest(front, 10, 0.99, 0.9), IsNull());
}

TEST(CascadeSearch, NetworksOfUnknownEnergyTakePartOnlyWhereEnergyDoesNotMatter) {
  Instance instance = random_instance(1, 2, 10);
  instance.candidates[0].energy.reset();
  instance.candidates[0].place = Place::device;
  instance.candidates[1].energy.reset();
  instance.candidates[1].place = Place::device;
  instance.problem.candidates = instance.candidates;
  CascadeQuestion question;
  EXPECT_FALSE(search_cascades(instance.problem, instance.scores, instance.samples, question).points.empty());
  question.most[1] = 100;
  EXPECT_TRUE(search_cascades(instance.problem, instance.scores, instance.samples, question).points.empty());
  question.most[1] = infinity;
  question.minimise = Spending::energy;
  EXPECT_TRUE(search_cascades(instance.problem, instance.scores, instance.samples, question).points.empty());
}

}  // namespace
}  // namespace forecost::deployment
