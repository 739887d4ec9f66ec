// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_model.h"

#include <algorithm>

#include "forecost/predictor/comparison.h"

namespace forecost::predictor::families {
namespace {

constexpr std::ptrdiff_t enough_for_energy = 20;  ///< kernels whose energy was measured

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  FORECOST_TRY(PathModel model, fit_path_model(table, options));
  std::optional<PathModel> energy;
  const auto known =
      std::count_if(table.kernels.begin(), table.kernels.end(),
                    [](const measurement::KernelRow& row) { return row.energy && row.time.value > 0; });
  if (known >= enough_for_energy) {
    FORECOST_TRY(const measurement::Table joules, with_target(table, Target::energy));
    FORECOST_TRY(energy, fit_path_model(joules, options));
  }
  return make_path_predictor(std::move(model), table.card, std::move(energy));
}

}  // namespace

Family path_model() {
  return {.name = "path_model",
          .format = 2,
          .summary = "physical model per kernel path, residual by trees and a Gaussian process",
          .source = "docs/concepts.md",
          .needs_measurements = true,
          .fit = fit,
          .load = load_path_predictor};
}

}  // namespace forecost::predictor::families
