// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "forecost/search/bayesian.h"
#include "forecost/search/options.h"

namespace forecost::search::strategies {
namespace {

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("hypervolume", options);
  const int initial = reader.integer("initial", 0, 0, 1000);
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<BayesianSearch>(BayesianSettings{
      .aim = Aim::front, .chance = KnownChance::weight, .refine = false, .initial = initial}));
}

}  // namespace

StrategyEntry hypervolume() {
  return {.name = "hypervolume",
          .summary = "several objectives: expected growth of the volume that the front dominates",
          .make = make};
}

}  // namespace forecost::search::strategies
