// SPDX-License-Identifier: Apache-2.0
/// Training steps on the command line of `predict`.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "app/session.h"
#include "forecost/prediction/training_cost.h"
#include "forecost/report/report.h"

namespace forecost::app {

struct TrainingOptions {
  std::string optimiser;  ///< empty: inference
  std::int64_t samples = 0;
};

/// Adds --training and --samples.
void add_training_options(CLI::App& command, TrainingOptions& options);

/// Fitted to the training steps that the store holds of the device, else by rule. Fails: as the store does.
Result<report::Report> training_of(const Session& session, const TrainingOptions& options,
                                   const layer::LayeredNetwork& network,
                                   const prediction::Prediction& prediction,
                                   const predictor::Predictor& predictor);

}  // namespace forecost::app
