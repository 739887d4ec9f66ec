// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/neuralpower_model.h"

namespace forecost::predictor::families {
namespace {

constexpr NeuralPowerOptions recipe{.family = "neuralpower", .loss = Loss::relative};

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_neuralpower(table, recipe, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  return load_neuralpower(saved, card, recipe);
}

}  // namespace

Family neuralpower() {
  return {.name = "neuralpower",
          .format = 2,
          .summary = "sparse polynomials per layer type, fitted on relative error of time and power",
          .source = "Cai et al.: NeuralPower, ACML 2017, arXiv 1710.05420",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
