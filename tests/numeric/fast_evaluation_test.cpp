// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/matern_sums.h"
#include "forecost/numeric/random.h"
#include "forecost/numeric/ranked_trees.h"

namespace forecost::numeric {
namespace {

FloatTable table_of(std::uint64_t seed, int rows) {
  Random random(seed);
  FloatTable table;
  for (int i = 0; i < rows; ++i) {
    const std::vector<float> row{static_cast<float>(random.uniform(-1, 1)),
                                 static_cast<float>(random.integer(0, 3)),
                                 static_cast<float>(random.uniform(0, 9))};
    table.append(row);
  }
  return table;
}

Trees grown(int depth) {
  const FloatTable rows = table_of(1, 400);
  std::vector<float> target;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    target.push_back(std::sin(4 * rows.row(i)[0]) + rows.row(i)[1] * rows.row(i)[2]);
  }
  return Trees::grow(rows, target, {}, {.rounds = 40, .depth = depth}).value();
}

std::vector<float> ranked(const RankedTrees& trees, const FloatTable& rows) {
  std::vector<float> sums(rows.rows());
  trees.predict(trees.rank(rows), sums);
  return sums;
}

TEST(RankedTrees, PredictTheSameBitsAsTheTreesThatTheyRank) {
  const Trees trees = grown(5);
  const RankedTrees fast(trees);
  ASSERT_TRUE(fast.ranks());
  rc::check("for any number of rows", [&] {
    const FloatTable rows = table_of(*rc::gen::inRange<std::uint64_t>(0, 1000), *rc::gen::inRange(1, 80));
    RC_ASSERT(ranked(fast, rows) == trees.predict(rows));
  });
}

TEST(RankedTrees, AgreeOnValuesThatLieOnABoundOrBeyondAll) {
  const Trees trees = grown(5);
  FloatTable rows = table_of(1, 40);
  for (const float value : {-1e30F, 1e30F, 0.0F, -0.0F, 1.0F, 2.0F}) {
    rows.append(std::vector<float>{value, value, value});
  }
  EXPECT_EQ(ranked(RankedTrees(trees), rows), trees.predict(rows));
}

TEST(RankedTrees, WalkDeeperTreesAsTheyAre) {
  const Trees trees = grown(7);
  const RankedTrees fast(trees);
  EXPECT_FALSE(fast.ranks());
  const FloatTable rows = table_of(3, 20);
  EXPECT_EQ(ranked(fast, rows), trees.predict(rows));
}

TEST(RankedTrees, WithoutTreesAreZero) {
  EXPECT_EQ(ranked(RankedTrees(), table_of(3, 2)), std::vector<float>(2, 0.0F));
}

TEST(MaternSums, AgreeWithDoublePrecision) {
  rc::check("for any number of centres and columns", [] {
    Random random(*rc::gen::inRange<std::uint64_t>(0, 1000));
    const auto centres = *rc::gen::inRange<std::size_t>(1, 100);
    const auto columns = *rc::gen::inRange<std::size_t>(1, 18);
    const double reach = *rc::gen::element(0.01, 1.0, 100.0);
    const auto draw = [&random, reach](std::size_t count) {
      std::vector<float> values(count);
      for (float& value : values) value = static_cast<float>(random.uniform(-reach, reach));
      return values;
    };
    const std::vector<float> places = draw(centres * columns);
    const std::vector<float> weights = draw(centres);
    const std::vector<float> points = draw(3 * columns);
    std::vector<float> sums(3);
    MaternSums(places, weights, columns).evaluate(points, sums);
    for (std::size_t p = 0; p < 3; ++p) {
      double expected = 0;
      double size = 0;
      for (std::size_t i = 0; i < centres; ++i) {
        double squares = 0;
        for (std::size_t c = 0; c < columns; ++c) {
          const double gap = static_cast<double>(points[p * columns + c]) - places[i * columns + c];
          squares += gap * gap;
        }
        const double s = std::sqrt(5 * squares);
        expected += weights[i] * (1 + s + s * s / 3) * std::exp(-s);
        size += std::abs(weights[i]);
      }
      // single precision rounds distances and exponentials at 6e-8 each, a few dozen times
      RC_ASSERT(std::abs(sums[p] - expected) <= 3e-6 * size);
    }
  });
}

TEST(MaternSums, FarFromEveryCentreAreZero) {
  const std::vector<float> centres{0, 1};
  const std::vector<float> weights{5, -2};
  const std::vector<float> points{1e6F};
  std::vector<float> sums(1);
  MaternSums(centres, weights, 1).evaluate(points, sums);
  EXPECT_NEAR(sums[0], 0, 1e-6);
}

}  // namespace
}  // namespace forecost::numeric
