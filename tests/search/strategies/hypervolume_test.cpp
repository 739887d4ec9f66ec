// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"
#include "forecost/search/front.h"
#include "forecost/search/promise.h"
#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

using studies::KnownProblem;

const Point reference = {1.5, 1.6};
const Front steps({{-1.0, 1.0}, {0.0, 0.2}, {0.7, -0.5}}, reference);

double growth(const Front& front, const Point& bound, Point next) {
  auto points = front.points;
  const double before = dominated_volume(points, bound);
  points.push_back(std::move(next));
  return dominated_volume(points, bound) - before;
}

TEST(Hypervolume, TheExpectedGrowthIsTheMeanOfDraws) {
  const std::vector<Posterior> y = {{.mean = 0.3, .variance = 0.2}, {.mean = 0.1, .variance = 0.3}};
  numeric::Random random(1);
  double sum = 0;
  constexpr int draws = 200000;
  for (int i = 0; i < draws; ++i) {
    const double first = y[0].mean + std::sqrt(y[0].variance) * random.normal();
    sum += growth(steps, reference, {first, y[1].mean + std::sqrt(y[1].variance) * random.normal()});
  }
  // The deviation of one draw is below 0.6; four standard errors of the mean are 0.005.
  EXPECT_NEAR(std::exp(log_front_growth(y, steps).value), sum / draws, 0.005);
}

TEST(Hypervolume, TheExpectedGrowthWithFourObjectivesIsTheMeanOfDraws) {
  const Point bound = {1, 1, 1, 1};
  numeric::Random random(2);
  std::vector<Point> points(7, Point(4));
  for (Point& point : points) {
    for (double& value : point) value = random.uniform(-1, 1);
  }
  const Front front(points, bound);
  const std::vector<Posterior> y = {{-0.2, 0.3}, {0.1, 0.2}, {0.0, 0.4}, {-0.4, 0.1}};
  double sum = 0;
  double squares = 0;
  constexpr int draws = 40000;
  for (int i = 0; i < draws; ++i) {
    Point next;
    for (const Posterior& p : y) next.push_back(p.mean + std::sqrt(p.variance) * random.normal());
    const double grown = growth(front, bound, std::move(next));
    sum += grown;
    squares += grown * grown;
  }
  const double mean = sum / draws;
  const double error = std::sqrt((squares / draws - mean * mean) / draws);
  EXPECT_NEAR(std::exp(log_front_growth(y, front).value), mean, 4.5 * error);
}

TEST(Hypervolume, ACertainPointGrowsTheAreaByWhatItAdds) {
  const std::vector<Posterior> y = {{.mean = -0.4, .variance = 1e-12}, {.mean = 0.1, .variance = 1e-12}};
  EXPECT_NEAR(std::exp(log_front_growth(y, steps).value), growth(steps, reference, {-0.4, 0.1}), 1e-5);
}

TEST(Hypervolume, DerivativesAreThoseOfFiniteDifferences) {
  constexpr double step = 1e-6;
  const Front three({{-1, 1, 0}, {0.5, -0.3, 0.4}, {0, 0, 0}}, {1.5, 1.6, 1.2});
  for (const double mean : {-2.0, 0.1, 3.0, 12.0}) {
    const std::vector<Posterior> y = {{mean, 0.4}, {0.5 * mean, 0.1}, {0.2, 0.3}};
    const FrontPromise promise = log_front_growth(y, three);
    for (std::size_t j = 0; j < 3; ++j) {
      const auto moved = [&](double by_mean, double by_variance) {
        auto z = y;
        z[j].mean += by_mean;
        z[j].variance += by_variance;
        return log_front_growth(z, three).value;
      };
      const double by_mean = (moved(step, 0) - moved(-step, 0)) / (2 * step);
      const double by_variance = (moved(0, step) - moved(0, -step)) / (2 * step);
      EXPECT_NEAR(promise.by[j].by_mean, by_mean, 1e-4 * (1 + std::abs(by_mean)));
      EXPECT_NEAR(promise.by[j].by_variance, by_variance, 1e-4 * (1 + std::abs(by_variance)));
    }
  }
}

constexpr std::uint64_t seeds = 8;

std::vector<double> areas_of(const KnownProblem& known, std::size_t trials, std::string_view strategy) {
  std::vector<double> areas;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    auto made = find_strategy(strategy)->make(nlohmann::json::object());
    std::vector<Trial> history;
    std::vector<Point> front;
    while (history.size() < trials) {
      auto proposal = (*made)->propose(known.problem, history, seed);
      if (!proposal.has_value()) throw std::runtime_error(to_string(proposal.error()));
      history.push_back(
          studies::finished(known, static_cast<std::int64_t>(history.size()), proposal->design));
      if (feasible(known.problem, history.back()))
        front.push_back(studies::objectives_of(known, history.back()));
    }
    areas.push_back(dominated_volume(front, known.reference));
  }
  return areas;
}

double median_area(const KnownProblem& known, std::size_t trials, std::string_view strategy = "hypervolume") {
  return numeric::median(areas_of(known, trials, strategy));
}

// Uniform draws reach 20 of 59.36 in 60 trials.
TEST(Hypervolume, CoversMostOfBraninCurrinInSixtyTrials) {
  EXPECT_GT(median_area(studies::known_problem("branin_currin"), 60), 0.9 * 59.36);
}

TEST(Hypervolume, AnObjectiveThatIsKnownInAdvanceHelps) {
  KnownProblem known = studies::known_problem("mixed_cnn_two");
  const auto total = [&known] {
    const std::vector<double> areas = areas_of(known, 40, "hypervolume");
    return std::accumulate(areas.begin(), areas.end(), 0.0);
  };
  const double learned = total();
  known.problem.known_objectives = {1};
  const auto evaluate = known.evaluate;
  known.problem.forecast = [evaluate](const Design& design) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = evaluate(design).at("f2")}};
  };
  EXPECT_GT(total(), learned);
}

TEST(Hypervolume, HandlesThreeObjectives) {
  // Squared distances from three corners of a cube: the front is the triangle between them.
  KnownProblem known;
  known.problem.space = *Space::make({{.name = "x"}, {.name = "y"}, {.name = "z"}});
  known.problem.objectives = {{.metric = "f1"}, {.metric = "f2"}, {.metric = "f3"}};
  known.reference = {2, 2, 2};
  known.evaluate = [](const Design& d) {
    double square = 0;
    for (const double x : d.values) square += x * x;
    return Metrics{{"f1", square - 2 * d.values[0] + 1},
                   {"f2", square - 2 * d.values[1] + 1},
                   {"f3", square - 2 * d.values[2] + 1}};
  };
  const double random = median_area(known, 30, "random");
  EXPECT_GT(median_area(known, 30), 1.1 * random);
}

TEST(Hypervolume, ParallelProposalsSpreadOverTheFront) {
  const KnownProblem known = studies::known_problem("branin_currin");
  auto made = find_strategy("hypervolume")->make(nlohmann::json::object());
  std::vector<Trial> history;
  std::vector<Point> units;
  for (std::int64_t i = 0; i < 24; ++i) {
    auto proposal = (*made)->propose(known.problem, history, 3);
    ASSERT_TRUE(proposal.has_value()) << to_string(proposal.error());
    Trial trial = studies::finished(known, i, proposal->design);
    if (i >= 20) {  // four at once
      trial.state = TrialState::running;
      trial.metrics.clear();
      units.push_back(known.problem.space.encode(proposal->design));
    }
    history.push_back(std::move(trial));
  }
  for (std::size_t a = 0; a < units.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const double gap = std::max(std::abs(units[a][0] - units[b][0]), std::abs(units[a][1] - units[b][1]));
      EXPECT_GT(gap, 0.01);
    }
  }
}

TEST(Hypervolume, NoiseDoesNotFoolIt) {
  // Branin-Currin with noise of five percent of the reference on both objectives; the front of the true
  // values of its trials covers two thirds of what there is, where uniform draws reach a third.
  KnownProblem noisy = studies::known_problem("branin_currin");
  const auto truth = studies::known_problem("branin_currin");
  noisy.evaluate = [evaluate = truth.evaluate](const Design& design) {
    Metrics metrics = evaluate(design);
    numeric::Random random(static_cast<std::uint64_t>(1e9 * (design.values[0] + 7 * design.values[1])));
    metrics["f1"] += 0.9 * random.normal();
    metrics["f2"] += 0.3 * random.normal();
    return metrics;
  };
  auto made = find_strategy("hypervolume")->make(nlohmann::json::object());
  std::vector<Trial> history;
  std::vector<Point> front;
  for (std::int64_t i = 0; i < 50; ++i) {
    auto proposal = (*made)->propose(noisy.problem, history, 1);
    ASSERT_TRUE(proposal.has_value()) << to_string(proposal.error());
    history.push_back(studies::finished(noisy, i, proposal->design));
    front.push_back(studies::objectives_of(truth, studies::finished(truth, i, proposal->design)));
  }
  EXPECT_GT(dominated_volume(front, truth.reference), 0.67 * truth.optimum);
}

}  // namespace
}  // namespace forecost::search
