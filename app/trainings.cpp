// SPDX-License-Identifier: Apache-2.0
#include "app/trainings.h"

#include "app/devices.h"
#include "forecost/measurement/store.h"
#include "forecost/report/training_report.h"

namespace forecost::app {
namespace {

Result<prediction::TrainingFactors> factors_of(const Session& session, const std::string& optimiser,
                                               const predictor::Predictor& predictor) {
  std::error_code ignored;
  if (!std::filesystem::exists(measurements_file(session), ignored)) return prediction::TrainingFactors{};
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  FORECOST_TRY(const std::vector<device::Card> cards, store.devices());
  for (const device::Card& card : cards) {
    if (card.identity.name != predictor.card().identity.name) continue;
    FORECOST_TRY(const std::int64_t device, store.enter_device(predictor.card()));
    FORECOST_TRY(const auto steps, store.records(device, "training_" + optimiser));
    return prediction::fit_training(steps, predictor, optimiser);
  }
  return prediction::TrainingFactors{};
}

}  // namespace

void add_training_options(CLI::App& command, TrainingOptions& options) {
  CLI::Option* training =
      command.add_option("--training", options.optimiser, "Cost of a training step with this optimiser")
          ->check(CLI::IsMember({"sgd", "adam"}));
  command.add_option("--samples", options.samples, "Of an epoch, for its total")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->needs(training);
}

Result<report::Report> training_of(const Session& session, const TrainingOptions& options,
                                   const layer::LayeredNetwork& network,
                                   const prediction::Prediction& prediction,
                                   const predictor::Predictor& predictor) {
  FORECOST_TRY(const prediction::TrainingFactors factors, factors_of(session, options.optimiser, predictor));
  return report::training_report(
      prediction::training_cost(network, prediction, predictor.card(), factors,
                                {.optimiser = options.optimiser, .samples = options.samples}));
}

}  // namespace forecost::app
