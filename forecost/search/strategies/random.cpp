// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "forecost/search/feasible_points.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

class Random final : public Strategy {
 public:
  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    FORECOST_TRY(Design design, random_allowed(problem, Tried(history), dice));
    return Proposal{.design = std::move(design), .reason = "a random design"};
  }
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  const OptionReader reader("random", options);
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<Random>());
}

}  // namespace

StrategyEntry random() {
  return {.name = "random", .summary = "uniform draws that hold the known limits", .make = make};
}

}  // namespace forecost::search::strategies
