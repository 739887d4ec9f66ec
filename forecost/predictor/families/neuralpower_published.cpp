// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/neuralpower_model.h"

namespace forecost::predictor::families {
namespace {

constexpr NeuralPowerOptions recipe{.family = "neuralpower_published", .loss = Loss::absolute};

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  return fit_neuralpower(table, recipe, options);
}

Result<std::unique_ptr<Predictor>> load(const nlohmann::json& saved, const device::Card& card) {
  return load_neuralpower(saved, card, recipe);
}

}  // namespace

Family neuralpower_published() {
  return {.name = "neuralpower_published",
          .format = 1,
          .summary = "the same polynomials as published: fitted on absolute time and power",
          .source = "Cai et al.: NeuralPower, ACML 2017, arXiv 1710.05420",
          .needs_measurements = true,
          .fit = fit,
          .load = load};
}

}  // namespace forecost::predictor::families
