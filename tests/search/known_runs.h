// SPDX-License-Identifier: Apache-2.0
/// Strategies run on problems whose optimum is known.
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/search/strategy.h"
#include "studies/known_problems.h"

namespace forecost::search {

/// One trial after the other. Throws where a proposal fails.
inline std::vector<Trial> run(Strategy& strategy, const studies::KnownProblem& known, std::size_t trials,
                              std::uint64_t seed) {
  std::vector<Trial> history;
  while (history.size() < trials) {
    auto proposal = strategy.propose(known.problem, history, seed);
    if (!proposal.has_value()) throw std::runtime_error(to_string(proposal.error()));
    history.push_back(studies::finished(known, static_cast<std::int64_t>(history.size()), proposal->design));
    history.back().reason = proposal->reason;
  }
  return history;
}

inline std::vector<Trial> run(std::string_view strategy, const studies::KnownProblem& known,
                              std::size_t trials, std::uint64_t seed,
                              const nlohmann::json& options = nlohmann::json::object()) {
  return run(*find_strategy(strategy)->make(options).value(), known, trials, seed);
}

/// Median over seeds 1 to `seeds` of the best feasible "f"; a run without one counts as infinity.
inline double best_median(std::string_view strategy, const studies::KnownProblem& known, std::size_t trials,
                          std::uint64_t seeds) {
  std::vector<double> best;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto history = run(strategy, known, trials, seed);
    const Trial* top = best_of(known.problem, history);
    best.push_back(top == nullptr ? INFINITY : top->metrics.at("f"));
  }
  return numeric::median(best);
}

}  // namespace forecost::search
