// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/learning_curve.h"

#include <cmath>

#include <gtest/gtest.h>

#include "forecost/numeric/random.h"

namespace forecost::search {
namespace {

constexpr double horizon = 50;

template <typename Curve>
std::vector<CurvePoint> beginning(const Curve& curve, int count) {
  std::vector<CurvePoint> points;
  for (int step = 1; step <= count; ++step) {
    points.push_back({static_cast<double>(step), curve(static_cast<double>(step))});
  }
  return points;
}

TEST(LearningCurve, FindsTheEndOfACurveOfItsOwnFamilies) {
  const auto exponential = [](double t) { return 0.2 + 0.6 * std::exp(-8 * t / horizon); };
  const auto power = [](double t) { return 0.1 + 0.8 / t; };
  // 2 % of the improvement: 20 of 50 points, and neighbouring shapes keep some weight.
  EXPECT_NEAR(extrapolate(beginning(exponential, 20), horizon, 0.5).mean(), exponential(horizon), 0.012);
  EXPECT_NEAR(extrapolate(beginning(power, 20), horizon, 0.5).mean(), power(horizon), 0.016);
}

TEST(LearningCurve, IsAMixtureWhoseChancesGrowFrom0To1) {
  const CurveForecast forecast = extrapolate(beginning([](double t) { return 1 / t; }, 5), horizon, 0.5);
  double weight = 0;
  for (const auto& part : forecast.parts) {
    weight += part.weight;
    EXPECT_GT(part.deviation, 0);
  }
  EXPECT_NEAR(weight, 1, 1e-12);
  double last = 0;
  for (double bound = -20; bound <= 20; bound += 0.1) {
    const double chance = forecast.chance_below(bound);
    EXPECT_GE(chance, last);
    last = chance;
  }
  EXPECT_NEAR(last, 1, 1e-6);
  EXPECT_NEAR(forecast.chance_below(-20), 0, 1e-6);
}

TEST(LearningCurve, MovesAndStretchesWithItsValues) {
  const auto curve = [](double t) { return 0.3 + 0.5 / std::sqrt(t); };
  const auto other = [&curve](double t) { return 10 * curve(t) - 3; };
  const CurveForecast a = extrapolate(beginning(curve, 9), horizon, 0.4);
  const CurveForecast b = extrapolate(beginning(other, 9), horizon, 4);
  EXPECT_NEAR(b.mean(), 10 * a.mean() - 3, 1e-9);
  EXPECT_NEAR(b.chance_below(0.5), a.chance_below(0.35), 1e-9);
}

TEST(LearningCurve, WithMorePointsItIsSurer) {
  const auto curve = [](double t) { return 0.2 + 0.6 * std::exp(-6 * t / horizon); };
  const auto spread = [&curve](int points) {
    const CurveForecast forecast = extrapolate(beginning(curve, points), horizon, 0.5);
    return forecast.chance_below(curve(horizon) + 0.1) - forecast.chance_below(curve(horizon) - 0.1);
  };
  EXPECT_LT(spread(4), spread(10));
  EXPECT_LT(spread(10), spread(40));
}

/// Noisy curves of none of its families: two exponentials, or a shifted power law.
TEST(LearningCurve, NinetyPercentIntervalsHoldAboutNineInTenStrangeCurves) {
  numeric::Random random(1);
  int inside = 0;
  constexpr int curves = 400;
  for (int i = 0; i < curves; ++i) {
    const double end = random.uniform(0.05, 0.5);
    const double start = random.uniform(0.6, 0.95);
    const double slow = random.uniform(1, 10);
    const double fast = random.uniform(10, 40);
    const double shift = random.uniform(1, 20);
    const double noise = random.uniform(0.002, 0.02);
    const auto curve = [&](double t) {
      const double f = i % 2 == 0 ? 0.5 * std::exp(-slow * t / horizon) + 0.5 * std::exp(-fast * t / horizon)
                                  : std::pow(1 + t / shift, -slow / 5);
      return end + (start - end) * f + noise * random.normal();
    };
    const CurveForecast forecast = extrapolate(beginning(curve, 15), horizon, 0.5);
    const double at = forecast.chance_below(curve(horizon));
    inside += at > 0.05 && at < 0.95 ? 1 : 0;
  }
  // 90 % would be 360; a model that is wrong and says so may be wider, and 2 % less is a standard deviation.
  EXPECT_GE(inside, curves * 84 / 100);
}

}  // namespace
}  // namespace forecost::search
