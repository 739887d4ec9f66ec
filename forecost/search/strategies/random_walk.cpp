// SPDX-License-Identifier: Apache-2.0
// Rand-Walk of HyperPower (Stamoulis et al., DATE 2018): x ~ N(best, sigma^2 I), clipped to the space; what
// the forecast says breaks a limit is skipped without a trial.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/feasible_points.h"
#include "forecost/search/merit.h"
#include "forecost/search/moves.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr int draws_per_size = 60;

class RandomWalk final : public Strategy {
 public:
  explicit RandomWalk(double sigma) : sigma_(sigma) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    const Tried tried(history);
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const auto best = best_merit(merits(problem, history));
    if (best) {
      for (double size = sigma_; size < 1; size *= 1.6) {
        for (int draw = 0; draw < draws_per_size; ++draw) {
          Design design = moved(problem.space, history[*best].design, {.size = size}, dice);
          if (tried.contains(design) || !problem.allowed(design)) continue;
          return Proposal{.design = std::move(design),
                          .reason = fmt::format("a step of {:.2g} from trial {}, the best so far", size,
                                                history[*best].number)};
        }
      }
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design), .reason = "a random design"};
  }

 private:
  double sigma_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("random_walk", options);
  const double sigma = reader.number("sigma", 0.1, 1e-4, 0.9);
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<RandomWalk>(sigma));
}

}  // namespace

StrategyEntry random_walk() {
  return {.name = "random_walk",
          .summary = "normal steps around the best trial so far (HyperPower's Rand-Walk)",
          .make = make};
}

}  // namespace forecost::search::strategies
