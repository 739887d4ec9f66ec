// SPDX-License-Identifier: Apache-2.0
// One objective: regularized evolution (Real et al. 2019), the parent is the best of a draw from the latest
// trials. Several: NSGA-II's choice of parents (Deb et al. 2002) from the best trials by dominance and
// crowding, with uniform crossover. Limits come first in every comparison (Deb 2000), violations in units of
// their spread.
#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/beliefs.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/moves.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr int draws_per_size = 40;
constexpr double first_size = 0.12;

struct Settings {
  int population = 16;
  int tournament = 8;
};

/// Fitness for several objectives: violation, then the number of dominating rows minus a bonus below one for
/// standing alone on the front.
std::vector<Merit> ranked(const Observations& seen) {
  std::vector<Merit> merit = seen.merit;
  const Eigen::Index rows = seen.rows();
  std::vector<double> crowding(static_cast<std::size_t>(rows), 0.0);
  for (Eigen::Index o = 0; o < seen.objective.cols(); ++o) {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(rows));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
      return seen.objective(a, o) < seen.objective(b, o);
    });
    const double range = std::max(1e-300, seen.objective(order.back(), o) - seen.objective(order.front(), o));
    for (std::size_t i = 0; i < order.size(); ++i) {
      const bool end = i == 0 || i + 1 == order.size();
      crowding[static_cast<std::size_t>(order[i])] +=
          end ? 2.0 : (seen.objective(order[i + 1], o) - seen.objective(order[i - 1], o)) / range;
    }
  }
  for (Eigen::Index a = 0; a < rows; ++a) {
    Merit& mine = merit[static_cast<std::size_t>(a)];
    mine.objective = 0;
    for (Eigen::Index b = 0; b < rows; ++b) {
      const bool beaten = seen.merit[static_cast<std::size_t>(b)].violation <= mine.violation &&
                          dominates(seen.objective.row(b), seen.objective.row(a));
      mine.objective += beaten ? 1 : 0;
    }
    mine.objective -=
        0.99 * crowding[static_cast<std::size_t>(a)] / (2.0 * static_cast<double>(seen.objective.cols()));
  }
  return merit;
}

class Evolution final : public Strategy {
 public:
  explicit Evolution(Settings settings) : settings_(settings) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    const Tried tried(history);
    const Embedding embedding(problem.space);
    const Observations seen = observe(problem, history, embedding);
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const auto start = static_cast<std::size_t>(settings_.population);
    if (history.size() >= start / 2 + 2 && seen.rows() > 1) {
      const bool several = problem.objectives.size() > 1;
      const std::vector<Merit> merit = several ? ranked(seen) : seen.merit;
      const std::vector<std::size_t> population = several ? best_of_all(merit) : latest(merit.size());
      double size = first_size;
      for (int draw = 0; draw < 8 * draws_per_size; ++draw) {
        if (draw % draws_per_size == draws_per_size - 1) size = std::min(0.5, 1.6 * size);
        const int tournament = several ? 2 : settings_.tournament;
        const std::size_t mother = winner(merit, population, tournament, dice);
        Design child = history[seen.trial[mother]].design;
        if (several && dice.uniform() < 0.7)
          child = crossed(problem.space, child,
                          history[seen.trial[winner(merit, population, tournament, dice)]].design, dice);
        const double share = 1.5 / static_cast<double>(problem.space.size());
        child = moved(problem.space, child, {.size = size, .share = share}, dice);
        if (tried.contains(child) || !problem.allowed(child)) continue;
        return Proposal{.design = std::move(child),
                        .reason = fmt::format("a child of trial {}", history[seen.trial[mother]].number)};
      }
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design), .reason = "a random design"};
  }

 private:
  std::vector<std::size_t> latest(std::size_t rows) const {
    const std::size_t count = std::min(rows, static_cast<std::size_t>(settings_.population));
    std::vector<std::size_t> population(count);
    std::iota(population.begin(), population.end(), rows - count);
    return population;
  }
  std::vector<std::size_t> best_of_all(const std::vector<Merit>& merit) const {
    std::vector<std::size_t> order(merit.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return merit[a].better_than(merit[b]); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(settings_.population)));
    return order;
  }
  static std::size_t winner(const std::vector<Merit>& merit, const std::vector<std::size_t>& population,
                            int tournament, numeric::Random& dice) {
    std::optional<std::size_t> best;
    for (int i = 0; i < tournament; ++i) {
      const auto place =
          static_cast<std::size_t>(dice.integer(0, static_cast<std::int64_t>(population.size()) - 1));
      if (!best || merit[population[place]].better_than(merit[*best])) best = population[place];
    }
    return *best;
  }
  static Design crossed(const Space& space, Design child, const Design& other, numeric::Random& dice) {
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (dice.uniform() < 0.5) child.values[p] = other.values[p];
    }
    return space.repaired(std::move(child));
  }

  Settings settings_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("evolution", options);
  const Settings settings{.population = reader.integer("population", 16, 2, 100000),
                          .tournament = reader.integer("tournament", 8, 1, 100000)};
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<Evolution>(settings));
}

}  // namespace

StrategyEntry evolution() {
  return {.name = "evolution",
          .summary = "regularized evolution; NSGA-II's selection with several objectives",
          .make = make};
}

}  // namespace forecost::search::strategies
