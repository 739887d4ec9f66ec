// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <nlohmann/json.hpp>

#include "forecost/search/bayesian.h"
#include "forecost/search/options.h"

namespace forecost::search::strategies {
namespace {

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("hypervolume", options);
  const int initial = reader.integer("initial", 0, 0, 1000);
  constexpr std::array<std::string_view, 2> warps = {"off", "on"};
  const bool warp = reader.choice("warp", warps) == "on";
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<BayesianSearch>(BayesianSettings{
      .aim = Aim::front, .chance = KnownChance::weight, .refine = false, .initial = initial, .warp = warp}));
}

}  // namespace

StrategyEntry hypervolume() {
  return {.name = "hypervolume",
          .summary = "several objectives: expected growth of the volume that the front dominates",
          .make = make};
}

}  // namespace forecost::search::strategies
