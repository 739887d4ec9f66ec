// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/prior.h"

#include <algorithm>
#include <optional>

#include "forecost/layer/layer.h"

namespace forecost::measurement {

namespace {

/// Nothing when the dice ask the builder for something impossible, such as a kernel larger than its input.
std::optional<network::Network> draw_one(const Prior& prior, Dice& dice, const Draw& draw) {
  try {
    return prior.draw != nullptr ? prior.draw(dice) : prior.repeat(dice, draw.seed, draw.copies);
  } catch (const BrokenContract&) {
    return std::nullopt;
  }
}

}  // namespace

std::string Draw::name() const {
  std::string text = family + "-" + std::to_string(seed);
  if (copies != 1) text += "x" + std::to_string(copies);
  return text;
}

Result<network::Network> build(const Draw& draw, double work_limit) {
  const double widening =
      draw.seed % 12 == 5 ? 4 : 1;  // a few large networks, so that forecasts of such are covered
  const double most = widening * work_limit * static_cast<double>(draw.copies);
  return build(draw, [most](const layer::LayeredNetwork& layered) {
    const layer::Totals totals = layer::totals_of(layered);
    return static_cast<double>(totals.operations.value) + 4.0 * static_cast<double>(totals.traffic.value) <=
           most;
  });
}

Result<network::Network> build(const Draw& draw,
                               const std::function<bool(const layer::LayeredNetwork&)>& accept) {
  const auto& priors = prior_list();
  const auto found = std::find_if(priors.begin(), priors.end(),
                                  [&](const Prior& prior) { return prior.name == draw.family; });
  if (found == priors.end()) {
    return Error{Fault::not_found, "no family of calibration networks is called '" + draw.family + "'", "",
                 "see forecost/measurement/prior.txt"};
  }
  constexpr std::uint64_t attempts = 256;
  for (std::uint64_t attempt = 0; attempt < attempts; ++attempt) {
    Dice dice(draw.seed * attempts + attempt);
    std::optional<network::Network> network = draw_one(*found, dice, draw);
    if (!network) continue;
    const auto layered = layer::infer(*network);
    if (!layered || !accept(*layered)) continue;
    network->source = draw.name();
    return *std::move(network);
  }
  return Error{Fault::failed, "no network of family '" + draw.family + "' fits into the work limit",
               draw.name(), "raise the budget of the calibration"};
}

}  // namespace forecost::measurement
