// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/even_points.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr std::size_t most_skipped = 5000;

/// The first point of the seeded sequence whose design is allowed and new.
class Sobol final : public Strategy {
 public:
  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    const Tried tried(history);
    EvenPoints points(problem.space, numeric::mix(seed));
    const std::size_t last = most_skipped + 20 * history.size();
    for (std::size_t i = 0; i < last; ++i) {
      Design design = problem.space.decode(points.next());
      if (tried.contains(design) || !problem.allowed(design)) continue;
      return Proposal{.design = std::move(design), .reason = fmt::format("point {} of a Sobol sequence", i)};
    }
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design),
                    .reason = "a random design, since few Sobol points hold the known limits"};
  }
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  const OptionReader reader("sobol", options);
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<Sobol>());
}

}  // namespace

StrategyEntry sobol() {
  return {.name = "sobol", .summary = "low-discrepancy points that hold the known limits", .make = make};
}

}  // namespace forecost::search::strategies
