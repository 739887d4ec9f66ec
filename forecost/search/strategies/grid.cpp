// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/enumeration.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr std::size_t most_visits = 2000000;

class Grid final : public Strategy {
 public:
  explicit Grid(int levels) : levels_(levels) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history, std::uint64_t) override {
    const Tried tried(history);
    std::optional<Design> next;
    std::size_t visits = 0;
    enumerate(problem.space, levels_, [&](const Design& design) {
      if (!tried.contains(design) && problem.allowed(design)) next = design;
      return !next && ++visits < most_visits;
    });
    if (next) {
      return Proposal{.design = *std::move(next), .reason = fmt::format("point {} of the grid", visits + 1)};
    }
    Error error = no_design_left(problem, tried);
    error.hint = "give the option levels a larger number, or choose another strategy";
    return error;
  }

 private:
  int levels_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("grid", options);
  const int levels = reader.integer("levels", 10, 1, 1000000);
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<Grid>(levels));
}

}  // namespace

StrategyEntry grid() {
  return {.name = "grid", .summary = "every design in order, reals at even levels", .make = make};
}

}  // namespace forecost::search::strategies
