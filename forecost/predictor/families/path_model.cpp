// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/path_model.h"

namespace forecost::predictor::families {
namespace {

Result<std::unique_ptr<Predictor>> fit(const measurement::Table& table, const FitOptions& options) {
  FORECOST_TRY(PathModel model, fit_path_model(table, options));
  return make_path_predictor(std::move(model), table.card);
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
