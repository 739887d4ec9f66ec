// SPDX-License-Identifier: Apache-2.0
/// The methods of the study `hyperpower` at work: with forecasts and without.
#pragma once

#include <cmath>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/moves.h"
#include "forecost/search/problem.h"
#include "forecost/search/strategy.h"
#include "hyperpower_summary.h"

namespace forecost::studies {

/// One way of proposing and what it knows.
struct Method {
  std::string name;
  bool aware = false;
};

/// The same problem without forecasts: what breaks a limit is learned from trials.
inline search::Problem without_forecasts(search::Problem problem) {
  problem.forecast = {};
  problem.known_objectives.clear();
  for (search::Limit& limit : problem.limits) limit.known = false;
  return problem;
}

/// Where one run trains, and its clock.
class Lab {
 public:
  virtual ~Lab() = default;
  virtual double seconds() = 0;  ///< since the run began
  /// Trains `trial.design`. A trial that is still running at the end: the run's time is over.
  virtual Result<search::Trial> train(search::Trial trial, std::span<const search::Trial> history) = 0;
};

struct Setting {
  search::Problem aware;
  double budget = 0;     ///< seconds of a run
  double percent = 100;  ///< what an error is multiplied with
};

/// Nothing for the random methods, which the study runs as the paper describes them.
inline Result<std::unique_ptr<search::Strategy>> strategy_of(const Method& method) {
  if (method.name.starts_with("Rand")) return std::unique_ptr<search::Strategy>();
  const nlohmann::json options = {{"acquisition", method.name == "HW-IECI" ? "hw_ieci" : "hw_cwei"}};
  return search::find_strategy("constrained_ei")->make(options);
}

inline search::Design drawn(const Method& method, const search::Problem& problem,
                            std::span<const search::Trial> history, numeric::Random& dice) {
  const search::Trial* best = search::best_of(problem, history);
  if (method.name == "Rand-Walk" && best != nullptr) {
    return search::moved(problem.space, best->design, {.size = 0.1}, dice);
  }
  std::vector<double> unit(problem.space.size());
  for (double& value : unit) value = dice.uniform();
  return problem.space.decode(unit);
}

inline Result<Run> run_method(const Setting& setting, const Method& method, std::uint64_t seed, Lab& lab) {
  const search::Problem unaware = without_forecasts(setting.aware);
  FORECOST_TRY(const std::unique_ptr<search::Strategy> strategy, strategy_of(method));
  const std::string& metric = setting.aware.objectives.front().metric;
  constexpr std::size_t most_designs = 100'000;
  Run run;
  std::vector<search::Trial> history;
  numeric::Random dice = numeric::Random(seed).fork(7);
  while (lab.seconds() < setting.budget && run.size() < most_designs) {
    search::Trial trial;
    if (strategy) {
      Result<search::Proposal> proposal =
          strategy->propose(method.aware ? setting.aware : unaware, history, seed);
      if (!proposal && proposal.error().fault == Fault::exhausted) break;
      if (!proposal) return proposal.error();
      trial.design = std::move(proposal->design);
    } else {
      trial.design = drawn(method, unaware, history, dice);
      if (method.aware && !setting.aware.allowed(trial.design)) {
        run.push_back({.seconds = lab.seconds(), .skipped = true});
        continue;
      }
    }
    trial.number = std::ssize(history);
    trial.state = search::TrialState::running;
    FORECOST_TRY(trial, lab.train(std::move(trial), history));
    if (trial.state == search::TrialState::running) break;
    history.push_back(trial);
    const auto error = trial.metrics.find(metric);
    const bool judged = trial.state == search::TrialState::complete && error != trial.metrics.end();
    run.push_back({.seconds = lab.seconds(),
                   .breaks = !setting.aware.allowed(trial.design),
                   .error = judged ? setting.percent * error->second : INFINITY});
  }
  return run;
}

/// Seeds run beside each other, one per core. `lab`: makes one for a method and a seed.
template <typename MakeLab>
Result<std::vector<Run>> runs_of(const Setting& setting, const Method& method, std::uint64_t seeds,
                                 const MakeLab& lab) {
  const std::uint64_t wide = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Run> runs;
  for (std::uint64_t first = 1; first <= seeds; first += wide) {
    std::vector<std::future<Result<Run>>> jobs;
    for (std::uint64_t seed = first; seed < std::min(first + wide, seeds + 1); ++seed) {
      jobs.push_back(std::async(std::launch::async, [&setting, &method, &lab, seed] {
        const auto own = lab(method, seed);
        return run_method(setting, method, seed, *own);
      }));
    }
    for (auto& job : jobs) {
      FORECOST_TRY(Run run, job.get());
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

template <typename MakeLab>
Status compare(const Setting& setting, const std::vector<std::string>& methods, std::uint64_t seeds,
               const std::string& key, const MakeLab& lab) {
  Summary::print_head();
  Summary summary(key);
  for (const std::string& name : methods) {
    Pair pair{name, {}, {}};
    FORECOST_TRY(pair.plain, runs_of(setting, {name, false}, seeds, lab));
    FORECOST_TRY(pair.aware, runs_of(setting, {name, true}, seeds, lab));
    summary.add(pair);
  }
  summary.print();
  return Done{};
}

}  // namespace forecost::studies
