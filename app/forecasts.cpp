// SPDX-License-Identifier: Apache-2.0
#include "app/forecasts.h"

#include <optional>

#include <fmt/format.h>

#include "app/accelerators.h"
#include "app/graph_cache.h"
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

/// Fails: `not_found` where the device's runtime is not here, or is another one; else as the runtime does.
Result<network::Network> ask_runtime(const Session& session, const network::Network& network,
                                     const SizeOptions& sizes, const device::Identity& identity,
                                     const std::string& library) {
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner, open_runner(session, library));
  const device::Identity here = runner->identity(identity.settings);
  if (here.runtime != identity.runtime || here.runtime_version != identity.runtime_version ||
      here.runtime_build != identity.runtime_build || here.instruction_set != identity.instruction_set) {
    return Error{Fault::not_found,
                 fmt::format("{} {} is not the runtime of this device, {} {}", here.runtime,
                             here.runtime_version, identity.runtime, identity.runtime_version),
                 identity.name, "name the device's own with --library, or use --lowering rules"};
  }
  std::string bytes;
  FORECOST_TRY(const device::Model model, runnable(network, sizes, bytes));
  return runner->optimised_graph(model, {.settings = identity.settings});
}

}  // namespace

void add_lowering_options(CLI::App& command, LoweringOptions& options) {
  command
      .add_option("--lowering", options.by,
                  "Kernels by the runtime's own graph, by our rules, or by what is at hand (default auto)")
      ->type_name("auto|rules|runtime")
      ->check(CLI::IsMember({"auto", "rules", "runtime"}));
  command.add_option("--library", options.library, "The runtime's shared library (default: search)")
      ->type_name("FILE");
}

Result<std::unique_ptr<predictor::Predictor>> predictor_of(const Session& session, const std::string& device,
                                                           const std::string& family) {
  if (is_accelerator(session, device)) {
    if (family.empty()) return accelerator_predictor(session, device);
    return Error{Fault::unsupported, "an accelerator has no measurements to fit '" + family + "' to", device,
                 "leave --family out"};
  }
  FORECOST_TRY(predictor::SavedPredictor saved, load_device(session, device));
  if (family.empty() || saved.predictor->family() == family) return std::move(saved.predictor);
  const predictor::Family* card = predictor::find_family(family);
  if (card == nullptr) {
    return Error{Fault::not_found, "there is no predictor family '" + family + "'", "--family",
                 "forecost list families names them"};
  }
  FORECOST_TRY(std::unique_ptr<predictor::Predictor> fitted,
               refitted(session, *card, saved.predictor->card()));
  if (saved.pace) fitted = predictor::at_pace(std::move(fitted), saved.pace->factor);
  return saved.power ? predictor::with_power(std::move(fitted), *saved.power) : std::move(fitted);
}

Result<layer::LoweredNetwork> lower_for(const Session& session, const layer::LayeredNetwork& network,
                                        const SizeOptions& sizes, const device::Identity& identity,
                                        const LoweringOptions& options) {
  const layer::Runtime* runtime = layer::find_runtime(identity.runtime);
  if (runtime == nullptr) {
    return Error{Fault::unsupported, "the rules of runtime '" + identity.runtime + "' are not in this build",
                 identity.name, "forecost list runtimes names those that are"};
  }
  const layer::LoweringTarget target = runtime->target(identity.instruction_set);
  const bool described = identity.runtime_version.empty();  // no program that could be asked
  if (options.by == "rules" || described) return layer::lower(network, *runtime, target);
  FORECOST_TRY(const std::string key, graph_key(network.network, sizes, identity));
  if (std::optional<network::Network> kept = cached_graph(session, key)) {
    Result<layer::LoweredNetwork> lowered =
        layer::adopt(network, *std::move(kept), *runtime, binding_of(sizes), target);
    if (lowered) return lowered;
  }
  Result<network::Network> asked = ask_runtime(session, network.network, sizes, identity, options.library);
  if (asked) {
    keep_graph(session, key, *asked);
    return layer::adopt(network, *std::move(asked), *runtime, binding_of(sizes), target);
  }
  if (options.by == "runtime") return asked.error();
  FORECOST_TRY(layer::LoweredNetwork lowered, layer::lower(network, *runtime, target));
  if (asked.error().fault != Fault::not_found) {
    lowered.warnings.push_back(
        {"the runtime did not give its graph: " + to_string(asked.error()), "kernels are by our rules"});
  }
  return lowered;
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
