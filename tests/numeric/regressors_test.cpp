// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>
#include <xgboost/c_api.h>

#include "forecost/numeric/gaussian_process.h"
#include "forecost/numeric/random.h"
#include "forecost/numeric/trees.h"

namespace forecost::numeric {
namespace {

struct Problem {
  FloatTable rows;
  std::vector<float> target;
};

Problem staircase(std::uint64_t seed, int count) {
  Random random(seed);
  Problem problem;
  for (int i = 0; i < count; ++i) {
    const std::vector<float> row{static_cast<float>(random.uniform(-1, 1)),
                                 static_cast<float>(random.uniform(-1, 1)),
                                 static_cast<float>(random.integer(0, 3))};
    problem.rows.append(row);
    problem.target.push_back((row[0] > 0 ? 1.0F : -1.0F) + 0.5F * row[2] + 0.3F * row[1]);
  }
  return problem;
}

TEST(Trees, LearnASumOfSteps) {
  const Problem problem = staircase(1, 800);
  const auto trees = Trees::grow(problem.rows, problem.target, {}, {.rounds = 80, .depth = 4});
  ASSERT_TRUE(trees.has_value()) << to_string(trees.error());
  const Problem unseen = staircase(2, 300);
  const std::vector<float> values = trees->predict(unseen.rows);
  double error = 0;
  for (std::size_t i = 0; i < values.size(); ++i) error += std::abs(values[i] - unseen.target[i]) / 300;
  EXPECT_LT(error, 0.08);  // the spread of the target is 1.3
}

TEST(Trees, PredictWhatXGBoostItselfPredicts) {
  const Problem problem = staircase(3, 500);
  const TreeOptions options{.rounds = 30, .depth = 6, .rate = 0.1, .l2 = 2, .min_child_weight = 3};
  const auto trees = Trees::grow(problem.rows, problem.target, {}, options);
  ASSERT_TRUE(trees.has_value());

  DMatrixHandle matrix = nullptr;
  ASSERT_EQ(XGDMatrixCreateFromMat(problem.rows.values.data(), problem.rows.rows(), problem.rows.columns,
                                   std::numeric_limits<float>::quiet_NaN(), &matrix),
            0);
  XGDMatrixSetFloatInfo(matrix, "label", problem.target.data(), problem.target.size());
  BoosterHandle booster = nullptr;
  ASSERT_EQ(XGBoosterCreate(&matrix, 1, &booster), 0);
  const std::vector<std::pair<const char*, const char*>> settings = {
      {"tree_method", "hist"},   {"nthread", "1"}, {"base_score", "0"},
      {"max_depth", "6"},        {"eta", "0.1"},   {"lambda", "2"},
      {"min_child_weight", "3"}, {"seed", "1"},    {"verbosity", "0"}};
  for (const auto& [name, value] : settings) XGBoosterSetParam(booster, name, value);
  for (int round = 0; round < 30; ++round) ASSERT_EQ(XGBoosterUpdateOneIter(booster, round, matrix), 0);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* theirs = nullptr;
  ASSERT_EQ(
      XGBoosterPredictFromDMatrix(
          booster, matrix,
          R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})",
          &shape, &dimensions, &theirs),
      0);
  const std::vector<float> ours = trees->predict(problem.rows);
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], theirs[i], 1e-5);  // sums of 30 floats near 1
  XGBoosterFree(booster);
  XGDMatrixFree(matrix);
}

TEST(Trees, AForestOfOneRoundIsAMean) {
  const Problem problem = staircase(4, 400);
  const auto forest =
      Trees::grow(problem.rows, problem.target, {},
                  {.rounds = 1, .parallel = 40, .depth = 10, .rate = 1, .l2 = 0, .row_share = 0.6});
  ASSERT_TRUE(forest.has_value());
  EXPECT_EQ(forest->count(), 40U);
  for (float value : forest->predict(staircase(5, 200).rows)) {
    EXPECT_GT(value, -1.4);  // extremes of the target: -1 - 0.3 and 1 + 1.5 + 0.3
    EXPECT_LT(value, 2.9);
  }
}

TEST(Trees, SavedAndLoadedTheyPredictTheSameBits) {
  const Problem problem = staircase(6, 300);
  const auto trees = Trees::grow(problem.rows, problem.target, {}, {});
  ASSERT_TRUE(trees.has_value());
  const auto loaded = Trees::load(nlohmann::json::parse(trees->save().dump()), 3);
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
  EXPECT_EQ(trees->predict(problem.rows), loaded->predict(problem.rows));
}

TEST(Trees, RefuseToLoadNodesThatPointBackOrOutside) {
  const Problem problem = staircase(7, 100);
  const auto trees = Trees::grow(problem.rows, problem.target, {}, {.rounds = 2});
  ASSERT_TRUE(trees.has_value());
  nlohmann::json cyclic = trees->save();
  cyclic["lows"][0] = 0;
  EXPECT_EQ(Trees::load(cyclic, 3).error().fault, Fault::bad_input);
  nlohmann::json outside = trees->save();
  outside["lows"][0] = 100000;
  EXPECT_EQ(Trees::load(outside, 3).error().fault, Fault::bad_input);
  EXPECT_EQ(Trees::load(trees->save(), 1).error().fault, Fault::bad_input);
  EXPECT_EQ(Trees::load(nlohmann::json::object(), 3).error().fault, Fault::bad_input);
}

TEST(Trees, RefuseNumbersThatAreNotFinite) {
  FloatTable rows;
  rows.append(std::vector<float>{1.0F});
  const auto trees = Trees::grow(rows, std::vector<float>{std::numeric_limits<float>::infinity()}, {}, {});
  ASSERT_FALSE(trees.has_value());
  EXPECT_EQ(trees.error().fault, Fault::bad_input);
  EXPECT_FALSE(trees.error().hint.empty());
}

Eigen::MatrixXd points(Random& random, Eigen::Index rows, Eigen::Index columns) {
  Eigen::MatrixXd x(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) x(i, j) = random.uniform(-1.7, 1.7);
  }
  return x;
}

TEST(GaussianProcess, LikelihoodOfOnePointIsTheNormalDensity) {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(1, 1);
  const Eigen::VectorXd y = Eigen::VectorXd::Constant(1, 1.5);
  const MaternShape shape{.log_length = Eigen::VectorXd::Zero(1), .log_signal = 0, .log_noise = 0};
  // variance 1 + 1: -y^2 / 4 - log(4 pi) / 2
  EXPECT_NEAR(log_marginal_likelihood(x, y, shape).value, -1.5 * 1.5 / 4 - 0.5 * std::log(4 * M_PI), 1e-9);
}

TEST(GaussianProcess, GradientOfTheLikelihoodIsItsSlope) {
  rc::check([](std::uint64_t seed) {
    Random random(seed);
    const Eigen::MatrixXd x = points(random, 12, 3);
    const Eigen::VectorXd y = points(random, 12, 1);
    MaternShape shape{.log_length = points(random, 3, 1) * 0.3, .log_signal = 0.1, .log_noise = -1};
    const Likelihood here = log_marginal_likelihood(x, y, shape);
    const double step = 1e-5;
    for (Eigen::Index j = 0; j < 5; ++j) {
      const auto moved = [&](double by) {
        MaternShape other = shape;
        if (j < 3) other.log_length(j) += by;
        if (j == 3) other.log_signal += by;
        if (j == 4) other.log_noise += by;
        return log_marginal_likelihood(x, y, other).value;
      };
      const double slope = (moved(step) - moved(-step)) / (2 * step);
      RC_ASSERT(std::abs(slope - here.gradient(j)) < 1e-4 * (1 + std::abs(slope)));
    }
  });
}

TEST(GaussianProcess, LearnsASmoothFunctionAndWhichColumnMatters) {
  Random random(6);
  const Eigen::MatrixXd x = points(random, 150, 3);
  Eigen::VectorXd y(150);
  for (Eigen::Index i = 0; i < 150; ++i) y(i) = std::sin(2 * x(i, 0)) + 0.02 * random.normal();
  const MaternShape shape = tune_matern(x, y);
  EXPECT_LT(shape.log_length(0), shape.log_length(1));
  EXPECT_LT(shape.log_length(0), shape.log_length(2));
  const GaussianProcess process(x, y, Eigen::VectorXd::Ones(150), shape, 80);
  const Eigen::MatrixXd unseen = points(random, 50, 3) * 0.9;
  const Eigen::VectorXf mean = process.mean(unseen.transpose().cast<float>());
  for (Eigen::Index i = 0; i < 50; ++i) EXPECT_NEAR(mean(i), std::sin(2 * unseen(i, 0)), 0.1);
}

TEST(GaussianProcess, WithEveryPointInducingItIsTheExactPosterior) {
  // Two points far apart do not see each other: mean = y signal^2 / (signal^2 + noise^2), variance likewise.
  Eigen::MatrixXd x(2, 1);
  x << 0, 100;
  Eigen::VectorXd y(2);
  y << 2, -4;
  const MaternShape shape{
      .log_length = Eigen::VectorXd::Zero(1), .log_signal = 0, .log_noise = std::log(0.5)};
  const GaussianProcess process(x, y, Eigen::VectorXd::Ones(2), shape, 10);
  const Eigen::VectorXf mean = process.mean(x.transpose().cast<float>());
  EXPECT_NEAR(mean(0), 2 / 1.25, 1e-3);
  EXPECT_NEAR(mean(1), -4 / 1.25, 1e-3);
  EXPECT_NEAR(process.variance(Eigen::VectorXd::Zero(1)), 1 - 1 / 1.25, 1e-3);
  EXPECT_NEAR(process.variance(Eigen::VectorXd::Constant(1, 50)), 1, 1e-6);
}

TEST(GaussianProcess, SavedAndLoadedItPredictsTheSameBits) {
  Random random(7);
  const Eigen::MatrixXd x = points(random, 60, 2);
  const Eigen::VectorXd y = x.col(0).cwiseAbs2();
  const GaussianProcess process(x, y, Eigen::VectorXd::Ones(60), tune_matern(x, y), 30);
  const auto loaded = GaussianProcess::load(nlohmann::json::parse(process.save().dump()), 2);
  ASSERT_TRUE(loaded.has_value());
  const Eigen::MatrixXf asked = x.transpose().cast<float>();
  EXPECT_EQ(process.mean(asked), loaded->mean(asked));
  EXPECT_EQ(GaussianProcess::load(process.save(), 3).error().fault, Fault::bad_input);
}

}  // namespace
}  // namespace forecost::numeric
