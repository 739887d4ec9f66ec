// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/acquisition.h"

#include <cmath>

#include <gtest/gtest.h>

#include "forecost/numeric/normal.h"
#include "forecost/numeric/random.h"
#include "forecost/search/trust_box.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

using studies::KnownProblem;

struct Scene {
  KnownProblem known;
  std::vector<Trial> history;
  Embedding embedding;
  Observations seen;
  Beliefs beliefs;

  Scene(const std::string& name, int trials, std::uint64_t seed)
      : known(studies::known_problem(name)), embedding(known.problem.space) {
    numeric::Random random(seed);
    std::vector<double> unit(known.problem.space.size());
    for (int i = 0; i < trials; ++i) {
      for (double& u : unit) u = random.uniform();
      history.push_back(studies::finished(known, i, known.problem.space.decode(unit)));
    }
    refresh();
  }
  void refresh() {
    seen = observe(known.problem, history, embedding);
    BeliefRows rows;
    for (Eigen::Index r = 0; r < seen.rows(); ++r) rows.rows.push_back(r);
    beliefs = believe(known.problem, seen, embedding, rows, [this](std::size_t, const Quantity&) {
      return KernelShape{.log_length = Eigen::VectorXd::Constant(embedding.groups(), std::log(0.5)),
                         .log_signal = 0,
                         .log_noise = std::log(1e-5)};
    });
  }
  Acquisition acquisition() const { return {known.problem, embedding, beliefs, KnownChance::weight}; }
};

TEST(Acquisition, IsExpectedImprovementTimesTheChanceThatLimitsHold) {
  const Scene scene("cbranin", 20, 1);
  ASSERT_TRUE(scene.beliefs.feasible);
  const std::vector<double> unit = {0.4, 0.3};
  const Eigen::VectorXd point = Eigen::Vector2d(0.4, 0.3);
  const Posterior f = scene.beliefs.objectives[0].surrogate.at(point);
  const Posterior g = scene.beliefs.limits[0].surrogate.at(point);
  const double z = (scene.beliefs.best - f.mean) / std::sqrt(f.variance);
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
  const double below = 0.5 * std::erfc(-z / std::sqrt(2.0));
  const double improvement = std::sqrt(f.variance) * (density + z * below);
  const double holds =
      0.5 * std::erfc(-(scene.beliefs.limits[0].threshold - g.mean) / std::sqrt(2 * g.variance));
  EXPECT_NEAR(scene.acquisition().at(unit).value, std::log(improvement * holds), 1e-6);
}

TEST(Acquisition, GradientsAreThoseOfFiniteDifferences) {
  for (const char* name : {"hartmann6", "chartmann6", "welded_beam"}) {
    const Scene scene(name, 30, 2);
    const Acquisition acquisition = scene.acquisition();
    numeric::Random random(3);
    std::vector<double> unit(scene.known.problem.space.size());
    for (int trial = 0; trial < 10; ++trial) {
      for (double& u : unit) u = random.uniform(0.1, 0.9);
      const auto tangent = acquisition.tangent_at(unit);
      for (std::size_t p = 0; p < unit.size(); ++p) {
        constexpr double step = 1e-6;
        auto up = unit;
        auto down = unit;
        up[p] += step;
        down[p] -= step;
        const double slope = (acquisition.at(up).value - acquisition.at(down).value) / (2 * step);
        EXPECT_NEAR(tangent.gradient[p], slope, 1e-3 * (1 + std::abs(slope))) << name;
      }
    }
  }
}

TEST(Acquisition, ManyAtOnceAreTheSameAsOneByOne) {
  const Scene scene("mixed_cnn", 25, 4);
  const Acquisition acquisition = scene.acquisition();
  numeric::Random random(5);
  std::vector<std::vector<double>> units(12, std::vector<double>(7));
  for (auto& unit : units) {
    for (double& u : unit) u = random.uniform();
  }
  const auto each = acquisition.at_each(units);
  ASSERT_EQ(each.size(), units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Candidate one = acquisition.at(units[i]);
    EXPECT_NEAR(each[i].value, one.value, 1e-6 * (1 + std::abs(one.value)));
    EXPECT_TRUE(same(each[i].design, one.design));
  }
}

TEST(Acquisition, ValuesOfRoundedDesignsAreFlatInsideACell) {
  const Scene scene("mixed_cnn", 25, 6);
  const Acquisition acquisition = scene.acquisition();
  std::vector<double> unit(7, 0.5);
  unit[0] = 0.51;  // layers: twelve cells
  const double a = acquisition.at(unit).value;
  unit[0] = 0.57;
  EXPECT_EQ(acquisition.at(unit).value, a);
  unit[0] = 0.6;
  EXPECT_NE(acquisition.at(unit).value, a);
}

TEST(Acquisition, AKnownLimitIsAWall) {
  Scene scene("mixed_cnn_known", 25, 7);
  const Acquisition acquisition = scene.acquisition();
  const Design large{{12, 256, 3, 0, 1e-3, 3, 0.1}};
  ASSERT_FALSE(scene.known.problem.allowed(large));
  EXPECT_EQ(acquisition.at(scene.known.problem.space.encode(large)).value, -INFINITY);
  EXPECT_TRUE(acquisition.at_each({scene.known.problem.space.encode(large)}).empty());
}

TEST(Acquisition, WithoutAFeasibleTrialItIsTheChanceToHoldTheLimits) {
  Scene scene("gardner2", 4, 8);
  ASSERT_FALSE(scene.beliefs.feasible);
  const Candidate here = scene.acquisition().at({0.3, 0.6});
  EXPECT_NEAR(std::exp(here.value), scene.acquisition().chances(here).holds, 1e-9);
}

TEST(Acquisition, FailedTrialsAreAvoided) {
  Scene scene("branin", 20, 9);
  const std::vector<double> place = {0.52, 0.17};
  const double before = scene.acquisition().at(place).value;
  for (int i = 0; i < 3; ++i) {
    Trial failed;
    failed.number = static_cast<std::int64_t>(scene.history.size());
    failed.design = scene.known.problem.space.decode(std::vector<double>{0.5 + 0.02 * i, 0.15 + 0.02 * i});
    failed.state = TrialState::failed;
    scene.history.push_back(failed);
  }
  scene.refresh();
  EXPECT_LT(scene.acquisition().at(place).value, before - 1);
}

TEST(Beliefs, StandardObjectivesKeepTheirOrderAndCompressTheWorst) {
  Eigen::VectorXd values(6);
  values << 1, 2, 3, 4, 5, 1e6;
  const Eigen::VectorXd y = ObjectiveScale::of(values, 0)(values);
  for (Eigen::Index i = 1; i < 6; ++i) EXPECT_GT(y(i), y(i - 1));
  EXPECT_LT((y(5) - y(0)) / (y(1) - y(0)), 30);
  EXPECT_NEAR(y.mean(), 0, 1e-12);
}

TEST(Beliefs, AStandardLimitKeepsItsThreshold) {
  Eigen::VectorXd violations(5);
  violations << -1e5, -2, 0, 3, 1e7;
  const StandardLimit limit = standard_limit(violations, 0);
  EXPECT_LT(limit.values(1), limit.threshold);
  EXPECT_NEAR(limit.values(2), limit.threshold, 1e-12);
  EXPECT_GT(limit.values(3), limit.threshold);
}

TEST(TrustBox, HalvesAfterFailuresInsideAndMovesToABetterTrial) {
  Scene scene("branin", 1, 1);
  const auto add = [&](double x, double y, double f) {
    Trial trial = studies::finished(scene.known, static_cast<std::int64_t>(scene.history.size()),
                                    scene.known.problem.space.decode(std::vector<double>{x, y}));
    trial.metrics["f"] = f;
    scene.history.push_back(std::move(trial));
  };
  scene.history.clear();
  add(0.5, 0.5, 10);
  for (int i = 0; i < 3; ++i) add(0.5 + 0.01 * i, 0.51, 11);
  scene.refresh();
  EXPECT_DOUBLE_EQ(TrustBox::replay(scene.seen, scene.known.problem.space, 1).half, 0.1);
  add(0.9, 0.9, 5);
  scene.refresh();
  const TrustBox moved = TrustBox::replay(scene.seen, scene.known.problem.space, 1);
  EXPECT_EQ(moved.centre, 4);
  EXPECT_DOUBLE_EQ(moved.half, 0.2);
}

}  // namespace
}  // namespace forecost::search
