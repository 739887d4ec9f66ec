// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/surrogate.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "forecost/numeric/random.h"

namespace forecost::search {
namespace {

struct Sample {
  Eigen::MatrixXd x;
  Eigen::VectorXd y;
  std::vector<Eigen::Index> groups;
};

Sample sample(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  numeric::Random random(seed);
  Sample s{Eigen::MatrixXd(rows, columns), Eigen::VectorXd(rows), {}};
  for (Eigen::Index c = 0; c < columns; ++c) s.groups.push_back(c);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index c = 0; c < columns; ++c) s.x(i, c) = random.uniform();
    s.y(i) = std::sin(5 * s.x(i, 0)) + 0.5 * s.x(i, columns - 1);
  }
  return s;
}

KernelShape shape(Eigen::Index groups, double length) {
  return {.log_length = Eigen::VectorXd::Constant(groups, std::log(length)),
          .log_signal = 0,
          .log_noise = std::log(1e-6)};
}

TEST(Surrogate, OneTrialGivesTheClosedForm) {
  // Prior 2 (signal 1, level 1), noise 1e-6; at distance 1 in units of the length s = sqrt 5,
  // k = (1 + s + 5 / 3) exp(-s) + 1 = 1.5239941088.
  const Eigen::MatrixXd x = Eigen::MatrixXd::Zero(1, 1);
  const std::vector<Eigen::Index> groups = {0};
  const Surrogate surrogate(x, Eigen::VectorXd::Constant(1, 3.0), groups, shape(1, 0.5));
  const double k = (1 + std::sqrt(5.0) + 5.0 / 3) * std::exp(-std::sqrt(5.0)) + 1;
  const Posterior p = surrogate.at(Eigen::VectorXd::Constant(1, 0.5));
  EXPECT_NEAR(k, 1.5239941088, 1e-9);
  EXPECT_NEAR(p.mean, 3 * k / (2 + 1e-6), 1e-12);
  EXPECT_NEAR(p.variance, 2 - k * k / (2 + 1e-6), 1e-12);
}

TEST(Surrogate, PassesThroughItsTrialsAndIsSureOfThem) {
  const Sample s = sample(30, 3, 1);
  const Surrogate surrogate(s.x, s.y, s.groups, shape(3, 0.7));
  for (Eigen::Index i = 0; i < 30; ++i) {
    const Posterior p = surrogate.at(s.x.row(i).transpose());
    EXPECT_NEAR(p.mean, s.y(i), 1e-3);
    EXPECT_LT(p.variance, 1e-5);
  }
  EXPECT_NEAR((surrogate.smoothed(s.y) - s.y).norm(), 0, 1e-2);
}

TEST(Surrogate, SlopesAreThoseOfFiniteDifferences) {
  const Sample s = sample(25, 4, 2);
  const Surrogate surrogate(s.x, s.y, s.groups, shape(4, 0.6));
  numeric::Random random(3);
  for (int trial = 0; trial < 20; ++trial) {
    Eigen::VectorXd at(4);
    for (double& v : at) v = random.uniform();
    const PosteriorSlope slope = surrogate.slope_at(at);
    EXPECT_DOUBLE_EQ(slope.at.mean, surrogate.at(at).mean);
    for (Eigen::Index c = 0; c < 4; ++c) {
      constexpr double step = 1e-5;
      Eigen::VectorXd up = at;
      Eigen::VectorXd down = at;
      up(c) += step;
      down(c) -= step;
      // Central differences are exact to step^2 times the third derivative, here about 1e-7.
      EXPECT_NEAR(slope.mean(c), (surrogate.at(up).mean - surrogate.at(down).mean) / (2 * step), 1e-5);
      EXPECT_NEAR(slope.variance(c), (surrogate.at(up).variance - surrogate.at(down).variance) / (2 * step),
                  1e-5);
    }
  }
}

TEST(Surrogate, SlopesOfWarpedColumnsAreThoseOfFiniteDifferences) {
  const Sample s = sample(25, 3, 2);
  KernelShape warping = shape(3, 0.6);
  warping.log_a = Eigen::Vector3d(0.7, 0, -0.4);
  warping.log_b = Eigen::Vector3d(-0.3, 0, 0.6);
  const Surrogate surrogate(s.x, s.y, s.groups, warping);
  numeric::Random random(3);
  for (int trial = 0; trial < 20; ++trial) {
    Eigen::VectorXd at(3);
    for (double& v : at) v = random.uniform(0.05, 0.95);
    const PosteriorSlope slope = surrogate.slope_at(at);
    const std::vector<Posterior> many = surrogate.at_each(at.transpose());
    EXPECT_NEAR(many[0].mean, surrogate.at(at).mean, 1e-9);
    for (Eigen::Index c = 0; c < 3; ++c) {
      constexpr double step = 1e-5;
      Eigen::VectorXd up = at;
      Eigen::VectorXd down = at;
      up(c) += step;
      down(c) -= step;
      // As above; warps stretch third derivatives some tenfold.
      EXPECT_NEAR(slope.mean(c), (surrogate.at(up).mean - surrogate.at(down).mean) / (2 * step), 1e-4);
      EXPECT_NEAR(slope.variance(c), (surrogate.at(up).variance - surrogate.at(down).variance) / (2 * step),
                  1e-4);
    }
  }
}

TEST(Surrogate, AFittedWarpFollowsAFunctionThatChangesAtOneEndOnly) {
  numeric::Random random(5);
  const auto value = [](double u) { return std::sin(9 * std::pow(u, 4)); };
  Eigen::MatrixXd x(20, 1);
  Eigen::VectorXd y(20);
  for (Eigen::Index i = 0; i < 20; ++i) {
    x(i, 0) = random.uniform();
    y(i) = value(x(i, 0));
  }
  const std::vector<Eigen::Index> groups = {0};
  const auto error = [&](const ShapeFit& fit) {
    const Surrogate surrogate(x, y, groups, fit_shape(x, y, groups, fit));
    double sum = 0;
    for (int i = 1; i < 50; ++i) {
      const double u = 0.02 * i;
      sum += std::pow(surrogate.at(Eigen::VectorXd::Constant(1, u)).mean - value(u), 2);
    }
    return sum;
  };
  const KernelShape found = fit_shape(x, y, groups, {.warped = {0}});
  EXPECT_GT(found.log_a(0), 0.3);
  EXPECT_LT(error({.warped = {0}}), 0.5 * error({}));
}

TEST(Surrogate, AFitFromAStartKeepsItsWarp) {
  const Sample s = sample(30, 2, 4);
  ShapeFit fit{.start = shape(2, 0.6)};
  fit.start->log_a = Eigen::Vector2d(0.5, 0);
  fit.start->log_b = Eigen::Vector2d(0.2, 0);
  const KernelShape found = fit_shape(s.x, s.y, s.groups, fit);
  EXPECT_EQ(found.log_a, fit.start->log_a);
  EXPECT_EQ(found.log_b, fit.start->log_b);
  EXPECT_NE(found.log_length, fit.start->log_length);
}

TEST(Surrogate, ManyPointsAtOnceAreTheSameAsOneByOne) {
  const Sample s = sample(40, 3, 4);
  const Surrogate surrogate(s.x, s.y, s.groups, shape(3, 0.5));
  const Eigen::MatrixXd points = sample(17, 3, 5).x;
  const auto each = surrogate.at_each(points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Posterior p = surrogate.at(points.row(i).transpose());
    EXPECT_NEAR(each[static_cast<std::size_t>(i)].mean, p.mean, 1e-9);
    EXPECT_NEAR(each[static_cast<std::size_t>(i)].variance, p.variance, 1e-9);
  }
}

TEST(Surrogate, APendingTrialKeepsTheMeanAndTakesTheDoubt) {
  const Sample s = sample(20, 2, 6);
  Surrogate surrogate(s.x, s.y, s.groups, shape(2, 0.3));
  const Eigen::MatrixXd pending = sample(3, 2, 7).x;
  const Eigen::VectorXd elsewhere = Eigen::Vector2d(0.9, 0.1);
  const Posterior before = surrogate.at(elsewhere);
  surrogate.believe(pending);
  EXPECT_NEAR(surrogate.at(elsewhere).mean, before.mean, 1e-6);
  EXPECT_LE(surrogate.at(elsewhere).variance, before.variance + 1e-12);
  for (Eigen::Index i = 0; i < 3; ++i) EXPECT_LT(surrogate.at(pending.row(i).transpose()).variance, 1e-5);
}

TEST(Surrogate, TwentyEqualTrialsDoNotBreakIt) {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(20, 2, 0.5);
  const std::vector<Eigen::Index> groups = {0, 1};
  KernelShape sure = shape(2, 1);
  sure.log_noise = std::log(1e-300);
  const Surrogate surrogate(x, Eigen::VectorXd::Ones(20), groups, sure);
  EXPECT_NEAR(surrogate.at(Eigen::Vector2d(0.5, 0.5)).mean, 1, 1e-3);
}

TEST(Surrogate, TheFitFindsWhichColumnMatters) {
  Sample s = sample(40, 3, 8);
  for (Eigen::Index i = 0; i < 40; ++i) s.y(i) = std::sin(9 * s.x(i, 1));
  const KernelShape fitted = fit_shape(s.x, s.y, s.groups);
  EXPECT_LT(fitted.log_length(1) + 1, fitted.log_length(0));
  EXPECT_LT(fitted.log_length(1) + 1, fitted.log_length(2));
}

TEST(Surrogate, TheFitFindsNoiseWhereThereIsNoise) {
  Sample s = sample(60, 1, 9);
  numeric::Random random(10);
  for (double& y : s.y) y += 0.5 * random.normal();
  const KernelShape noisy = fit_shape(s.x, s.y, s.groups);
  EXPECT_GT(noisy.log_noise, std::log(0.05));
  EXPECT_LT(fit_shape(s.x, sample(60, 1, 9).y, s.groups).log_noise, std::log(1e-3));
}

TEST(Surrogate, DrawsHaveThePosteriorsMeanAndVariance) {
  const Sample s = sample(12, 2, 6);
  Surrogate surrogate(s.x, s.y, s.groups, shape(2, 0.6));
  Eigen::MatrixXd points(3, 2);
  points << 0.5, 0.5, 0.95, 0.05, 1.6, -0.4;
  surrogate.believe(points.topRows(1));
  constexpr int draws = 3000;
  numeric::Random random(7);
  Eigen::MatrixXd values(draws, 3);
  for (int i = 0; i < draws; ++i) values.row(i) = surrogate.drawn(points, random, 200).transpose();
  for (Eigen::Index p = 0; p < 3; ++p) {
    const Posterior expected = surrogate.at(points.row(p).transpose());
    const double mean = values.col(p).mean();
    const double variance = (values.col(p).array() - mean).square().mean();
    // Five standard errors; 200 features add a few percent to the variance of the prior.
    EXPECT_NEAR(mean, expected.mean, 5 * std::sqrt(expected.variance / draws) + 1e-4) << p;
    EXPECT_NEAR(variance, expected.variance, 0.15 * expected.variance + 1e-4) << p;
  }
}

TEST(Surrogate, ADrawPassesThroughTheTrials) {
  const Sample s = sample(20, 3, 8);
  const Surrogate surrogate(s.x, s.y, s.groups, shape(3, 0.7));
  numeric::Random random(9);
  EXPECT_NEAR((surrogate.drawn(s.x, random) - s.y).norm(), 0, 2e-2);  // noise of deviation 1e-3 on 20 rows
}

}  // namespace
}  // namespace forecost::search
