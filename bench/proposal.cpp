// SPDX-License-Identifier: Apache-2.0
// CPU time of a proposal in ten dimensions with two unknown limits, at 100 and at 1000 trials.
//
// The first 110 trials are a search of its own; beyond, Sobol designs and steps around the best fill the
// history. Each figure is the mean over 16 proposals in a row, refits of hyper-parameters included.
#include <cmath>
#include <ctime>
#include <iostream>

#include <nlohmann/json.hpp>

#include "forecost/numeric/random.h"
#include "forecost/report/figure.h"
#include "forecost/search/moves.h"
#include "forecost/search/strategy.h"

namespace {

using namespace forecost;
using namespace forecost::search;

constexpr std::size_t dimensions = 10;
constexpr int proposals = 16;

Trial evaluated(std::int64_t number, Design design) {
  double squares = 0;
  double sum = 0;
  double waves = 0;
  for (const double x : design.values) {
    squares += x * x;
    sum += x;
    waves += std::cos(3 * x);
  }
  Trial trial;
  trial.number = number;
  trial.design = std::move(design);
  trial.state = TrialState::complete;
  trial.metrics = {{"f", squares - waves}, {"g1", sum}, {"g2", std::sqrt(squares) - 5}};
  return trial;
}

Problem ten_dimensions() {
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < dimensions; ++i)
    parameters.push_back({.name = "x" + std::to_string(i), .low = -5, .high = 10});
  Problem problem;
  problem.space = *Space::make(std::move(parameters));
  problem.objectives = {{.metric = "f"}};
  problem.limits = {{.metric = "g1", .bound = 0}, {.metric = "g2", .bound = 0}};
  return problem;
}

/// Milliseconds of CPU per proposal while the history grows.
double cost(Strategy& strategy, const Problem& problem, std::vector<Trial>& history) {
  const std::clock_t before = std::clock();
  for (int i = 0; i < proposals; ++i) {
    auto proposal = strategy.propose(problem, history, 1);
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()), (*std::move(proposal)).design));
  }
  return 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / proposals;
}

void fill(const Problem& problem, std::vector<Trial>& history, std::size_t count) {
  numeric::Random random(5);
  while (history.size() < count) {
    const Design from = best_of(problem, history)->design;
    const double size = history.size() % 2 == 0 ? 0.3 : 0.05;
    history.push_back(evaluated(static_cast<std::int64_t>(history.size()),
                                moved(problem.space, from, {.size = size}, random)));
  }
}

}  // namespace

int main() {
  const Problem problem = ten_dimensions();
  auto strategy = (*find_strategy("constrained_ei")->make(nlohmann::json::object()));
  std::vector<Trial> history;
  while (history.size() < 100 - proposals / 2) cost(*strategy, problem, history);
  using report::Figure;
  const auto print = [](const char* key, double value, double limit) {
    std::cout
        << report::result_line(
               {.key = key, .value = value, .unit = "ms", .goal = Figure::Goal::at_most, .limit = limit})
        << '\n';
  };
  print("proposal.cpu_at_100_trials", cost(*strategy, problem, history), 5);
  fill(problem, history, 1000 - proposals / 2);
  print("proposal.cpu_at_1000_trials", cost(*strategy, problem, history), 50);
  return 0;
}
