// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/sobol.h"
#include "forecost/outcome/outcome.h"

namespace forecost::numeric {
namespace {

TEST(Random, SplitmixStepsAreThePublishedOnes) {
  // Vigna's splitmix64.c seeded with 1234567: first two outputs.
  EXPECT_EQ(mix(1234567), 6457827717110365317ULL);
  EXPECT_EQ(mix(1234567 + 0x9e3779b97f4a7c15ULL), 3203168211198807973ULL);
}

TEST(Random, TheSameSeedDrawsTheSameNumbersAndForksDiffer) {
  Random a(42);
  Random b(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
  EXPECT_NE(Random(42).fork(1).bits(), Random(42).fork(2).bits());
  EXPECT_EQ(Random(42).fork(1).bits(), Random(42).fork(1).bits());
}

TEST(Random, IntegersStayInTheirRangeAndReachBothEnds) {
  rc::check([](std::uint64_t seed) {
    const auto low = *rc::gen::inRange<std::int64_t>(-50, 50);
    const auto high = low + *rc::gen::inRange<std::int64_t>(0, 5);
    Random random(seed);
    std::int64_t least = high;
    std::int64_t most = low;
    for (int i = 0; i < 400; ++i) {
      const auto drawn = random.integer(low, high);
      RC_ASSERT(drawn >= low && drawn <= high);
      least = std::min(least, drawn);
      most = std::max(most, drawn);
    }
    RC_ASSERT(least == low && most == high);  // missing an end of six: (5/6)^400
  });
}

TEST(Random, NormalNumbersHaveMeanZeroAndDeviationOne) {
  Random random(3);
  double sum = 0;
  double squares = 0;
  constexpr int count = 40000;
  for (int i = 0; i < count; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / count, 0, 0.02);  // four standard errors
  EXPECT_NEAR(squares / count, 1, 0.03);
}

TEST(Random, ShufflingKeepsEveryItem) {
  rc::check([](std::vector<int> items, std::uint64_t seed) {
    std::vector<int> shuffled = items;
    Random(seed).shuffle(shuffled);
    std::sort(items.begin(), items.end());
    std::sort(shuffled.begin(), shuffled.end());
    RC_ASSERT(items == shuffled);
  });
}

TEST(Random, ChoiceFollowsTheWeightsAndNeverTakesAZero) {
  Random random(4);
  const std::vector<double> weights{1, 0, 3};
  std::vector<int> counts(3);
  for (int i = 0; i < 8000; ++i) ++counts[random.choice(weights)];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2] / 8000.0, 0.75, 0.02);
  EXPECT_THROW(random.choice(std::vector<double>{0, 0}), BrokenContract);
}

TEST(Sobol, FirstPointsAreThePublishedOnes) {
  // Joe and Kuo's sobol.cc with new-joe-kuo-6.21201, three dimensions, points 0 to 4.
  const std::vector<std::vector<double>> published = {
      {0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.375, 0.375, 0.625}};
  Sobol sobol(3);
  for (const auto& point : published) EXPECT_EQ(sobol.next(), point);
}

TEST(Sobol, EveryDimensionVisitsEverySixteenthOnceInSixteenPoints) {
  for (std::uint64_t seed : {0ULL, 9ULL}) {
    Sobol sobol(Sobol::most_dimensions, seed);
    std::vector<std::vector<int>> visits(Sobol::most_dimensions, std::vector<int>(16));
    for (int i = 0; i < 16; ++i) {
      const auto point = sobol.next();
      for (std::size_t d = 0; d < point.size(); ++d) ++visits[d][static_cast<std::size_t>(point[d] * 16)];
    }
    for (const auto& dimension : visits) {
      EXPECT_TRUE(std::all_of(dimension.begin(), dimension.end(), [](int count) { return count == 1; }));
    }
  }
}

TEST(Sobol, MoreThanTwentyOneDimensionsBreakTheContract) {
  EXPECT_THROW(Sobol(22), BrokenContract);
}

}  // namespace
}  // namespace forecost::numeric
