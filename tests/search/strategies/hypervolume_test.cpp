// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"
#include "forecost/search/promise.h"
#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {
namespace {

using studies::KnownProblem;

const Front steps{.points = {{-1.0, 1.0}, {0.0, 0.2}, {0.7, -0.5}}, .reference = {1.5, 1.6}};

double area_gain(double x, double y, const Front& front) {
  auto points = front.points;
  const std::vector<double> reference = {front.reference.first, front.reference.second};
  const double before = studies::hypervolume(points, reference);
  points.emplace_back(x, y);
  return studies::hypervolume(points, reference) - before;
}

TEST(Hypervolume, TheExpectedGrowthIsTheMeanOfDraws) {
  const Posterior y1{.mean = 0.3, .variance = 0.2};
  const Posterior y2{.mean = 0.1, .variance = 0.3};
  numeric::Random random(1);
  double sum = 0;
  constexpr int draws = 200000;
  for (int i = 0; i < draws; ++i) {
    sum += area_gain(y1.mean + std::sqrt(y1.variance) * random.normal(),
                     y2.mean + std::sqrt(y2.variance) * random.normal(), steps);
  }
  // The deviation of one draw is below 0.6; four standard errors of the mean are 0.005.
  EXPECT_NEAR(std::exp(log_front_growth(y1, y2, steps).first.value), sum / draws, 0.005);
}

TEST(Hypervolume, ACertainPointGrowsTheAreaByWhatItAdds) {
  const Posterior y1{.mean = -0.4, .variance = 1e-12};
  const Posterior y2{.mean = 0.1, .variance = 1e-12};
  EXPECT_NEAR(std::exp(log_front_growth(y1, y2, steps).first.value), area_gain(-0.4, 0.1, steps), 1e-5);
}

TEST(Hypervolume, DerivativesAreThoseOfFiniteDifferences) {
  constexpr double step = 1e-6;
  for (const double mean : {-2.0, 0.1, 3.0, 12.0}) {
    const Posterior y1{.mean = mean, .variance = 0.4};
    const Posterior y2{.mean = 0.5 * mean, .variance = 0.1};
    const auto value = [](Posterior a, Posterior b) { return log_front_growth(a, b, steps).first.value; };
    const auto [first, second] = log_front_growth(y1, y2, steps);
    const auto near = [](double a, double b) { EXPECT_NEAR(a, b, 1e-4 * (1 + std::abs(b))); };
    near(first.by_mean, (value({mean + step, 0.4}, y2) - value({mean - step, 0.4}, y2)) / (2 * step));
    near(first.by_variance, (value({mean, 0.4 + step}, y2) - value({mean, 0.4 - step}, y2)) / (2 * step));
    near(second.by_mean, (value(y1, {y2.mean + step, 0.1}) - value(y1, {y2.mean - step, 0.1})) / (2 * step));
    near(second.by_variance,
         (value(y1, {y2.mean, 0.1 + step}) - value(y1, {y2.mean, 0.1 - step})) / (2 * step));
  }
}

double median_area(const KnownProblem& known, std::size_t trials) {
  std::vector<double> areas;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto made = find_strategy("hypervolume")->make(nlohmann::json::object());
    std::vector<Trial> history;
    std::vector<std::pair<double, double>> front;
    while (history.size() < trials) {
      auto proposal = (*made)->propose(known.problem, history, seed);
      if (!proposal.has_value()) throw std::runtime_error(to_string(proposal.error()));
      history.push_back(
          studies::finished(known, static_cast<std::int64_t>(history.size()), proposal->design));
      if (feasible(known.problem, history.back()))
        front.emplace_back(history.back().metrics.at("f1"), history.back().metrics.at("f2"));
    }
    areas.push_back(studies::hypervolume(front, known.reference));
  }
  return numeric::median(areas);
}

// Uniform draws reach 20 of 59.36 in 60 trials.
TEST(Hypervolume, CoversMostOfBraninCurrinInSixtyTrials) {
  EXPECT_GT(median_area(studies::known_problem("branin_currin"), 60), 0.9 * 59.36);
}

TEST(Hypervolume, AnObjectiveThatIsKnownInAdvanceHelps) {
  KnownProblem known = studies::known_problem("mixed_cnn_two");
  const double learned = median_area(known, 40);
  known.problem.known_objectives = {1};
  const auto evaluate = known.evaluate;
  known.problem.forecast = [evaluate](const Design& design) -> Result<std::vector<Known>> {
    return std::vector<Known>{{.value = evaluate(design).at("f2")}};
  };
  EXPECT_GE(median_area(known, 40), learned);
}

}  // namespace
}  // namespace forecost::search
