// SPDX-License-Identifier: Apache-2.0
#include "app/forecasts.h"

#include "forecost/measurement/store.h"
#include "forecost/network/writer.h"

namespace forecost::app {
namespace {

Result<std::unique_ptr<predictor::Predictor>> refitted(const Session& session,
                                                       const predictor::Family& family,
                                                       const device::Card& card) {
  measurement::Table table{.card = card, .kernels = {}, .networks = {}};
  if (family.needs_measurements) {
    FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
    FORECOST_TRY(const std::int64_t device, store.enter_device(card));
    FORECOST_TRY(const std::vector<measurement::Record> records, store.records(device, "calibration"));
    table = measurement::tabulate(card, records);
  }
  return family.fit(table, {});
}

}  // namespace

Result<std::unique_ptr<predictor::Predictor>> predictor_of(const Session& session, const std::string& device,
                                                           const std::string& family) {
  FORECOST_TRY(predictor::SavedPredictor saved, load_device(session, device));
  if (family.empty() || saved.predictor->family() == family) return std::move(saved.predictor);
  const predictor::Family* card = predictor::find_family(family);
  if (card == nullptr) {
    return Error{Fault::not_found, "there is no predictor family '" + family + "'", "--family",
                 "forecost list families names them"};
  }
  return refitted(session, *card, saved.predictor->card());
}

Result<layer::LoweredNetwork> lower_for(const Session& session, const layer::LayeredNetwork& network,
                                        const SizeOptions& sizes, const device::Identity& identity,
                                        const LoweringOptions& options) {
  const layer::Runtime* runtime = layer::find_runtime(identity.runtime);
  if (runtime == nullptr) {
    return Error{Fault::unsupported, "the rules of runtime '" + identity.runtime + "' are not in this build",
                 identity.name, "forecost list runtimes names those that are"};
  }
  if (!options.ask_runtime) return layer::lower(network, *runtime);
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner, open_runner(session, options.library));
  std::string bytes;
  FORECOST_TRY(const device::Model model, runnable(network.network, sizes, bytes));
  FORECOST_TRY(network::Network optimised, runner->optimised_graph(model, {.settings = identity.settings}));
  return layer::adopt(network, std::move(optimised), *runtime, binding_of(sizes));
}

Result<device::Model> runnable(const network::Network& network, const SizeOptions& sizes,
                               std::string& bytes) {
  const layer::Binding binding = binding_of(sizes);
  device::Model model;
  model.symbols = binding.symbols;
  model.batch = binding.batch.value_or(1);
  if (is_built_in(network.source)) {
    FORECOST_TRY(bytes, network::serialise(network));
    model.bytes = bytes;
  } else {
    model.file = network.source;
  }
  return model;
}

}  // namespace forecost::app
