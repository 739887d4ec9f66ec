// SPDX-License-Identifier: Apache-2.0
// hw_ieci and hw_cwei are the published settings of HyperPower (Stamoulis et al. 2018): global proposals
// only, known limits as an indicator or as chances, capacities ignored.
#include <array>

#include <nlohmann/json.hpp>

#include "forecost/search/bayesian.h"
#include "forecost/search/options.h"

namespace forecost::search::strategies {
namespace {

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("constrained_ei", options);
  constexpr std::array<std::string_view, 3> kinds = {"log_cei", "hw_ieci", "hw_cwei"};
  const std::string kind = reader.choice("acquisition", kinds);
  constexpr std::array<std::string_view, 2> uses = {"used", "ignored"};
  const bool capacity = reader.choice("capacity", uses) == "used";
  const int initial = reader.integer("initial", 0, 0, 1000);
  constexpr std::array<std::string_view, 2> warps = {"off", "on"};
  const bool warp = reader.choice("warp", warps) == "on";
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<BayesianSearch>(
      BayesianSettings{.aim = Aim::best,
                       .chance = kind == "hw_ieci" ? KnownChance::ignore : KnownChance::weight,
                       .refine = kind == "log_cei",
                       .initial = initial,
                       .capacity = capacity && kind == "log_cei",
                       .warp = warp}));
}

}  // namespace

StrategyEntry constrained_ei() {
  return {.name = "constrained_ei",
          .summary = "Bayesian optimisation: expected improvement where the limits hold",
          .make = make};
}

}  // namespace forecost::search::strategies
