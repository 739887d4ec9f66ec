// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/measure.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/command.h"
#include "app/energies.h"
#include "app/forecasts.h"
#include "app/interrupt.h"
#include "app/peak.h"
#include "app/runners.h"
#include "forecost/measurement/own_measurement.h"
#include "forecost/measurement/store.h"
#include "forecost/numeric/statistics.h"
#include "forecost/report/comparison_report.h"

namespace forecost::app {
namespace {

struct Options {
  std::vector<std::string> models;
  SizeOptions sizes;
  DeviceOptions devices;
  LoweringOptions lowering;
  EnergyOptions energy;
  RunnerChoice runner;
  std::string training;
  bool compare = false;
};

/// Where to measure: a calibrated device, or this machine with its default settings.
struct Place {
  device::Settings settings;
  std::string name;
  std::unique_ptr<predictor::Predictor> predictor;  ///< only of a calibrated device
  bool is_calibrated_one = false;                   ///< the machine here is the calibrated one
  std::vector<Warning> warnings;
};

Result<Place> place_of(const Session& session, const Options& options, const device::Runner& runner) {
  Place place;
  place.name = options.devices.names.empty()
                   ? default_device(session, options.runner, runner, options.devices.threads)
                   : options.devices.names.front();
  place.settings.threads = threads_or_all(session, runner, options.devices.threads);
  place.settings.precision = options.runner.precision;
  DeviceOptions wanted = options.devices;
  if (runner.measures_itself()) wanted.names = {place.name};
  const Result<std::vector<std::string>> devices = chosen_devices(session, wanted);
  if (!devices) {
    if (options.compare || !options.devices.names.empty()) return devices.error();
    return place;
  }
  place.name = devices->front();
  FORECOST_TRY(place.predictor, predictor_of(session, place.name, ""));
  const device::Identity& calibrated = place.predictor->card().identity;
  place.settings = calibrated.settings;
  for (const std::string& difference : calibrated.differences(runner.identity(place.settings))) {
    place.warnings.push_back({"this machine is not " + place.name + ": " + difference,
                              "calibrate this machine, or choose its device with --on"});
  }
  place.is_calibrated_one = place.warnings.empty();
  return place;
}

Result<measurement::Item> item_of(const std::string& model, const Options& options) {
  FORECOST_TRY(network::Network network, load_network(model, options.sizes));
  measurement::Item item;
  item.name = short_name(model);
  item.group = item.name;
  item.training = options.training;
  if (!options.training.empty()) item.kind = "training_" + options.training;
  item.binding = binding_of(options.sizes);
  FORECOST_TRY([[maybe_unused]] const device::Model runs, runnable(network, options.sizes, item.bytes));
  if (item.bytes.empty()) item.file = model;
  item.network = std::move(network);
  return item;
}

report::Compared compared_of(const measurement::Record& record, const Place& place) {
  report::Compared row;
  row.network = record.name;
  row.device = place.name;
  row.batch = record.batch;
  row.threads = place.settings.threads;
  row.samples = static_cast<std::int64_t>(record.run_seconds.size());
  const double median = numeric::quantile(record.run_seconds, 0.5);
  row.median = Seconds(median);
  row.minimum = Seconds(*std::min_element(record.run_seconds.begin(), record.run_seconds.end()));
  row.spread =
      (numeric::quantile(record.run_seconds, 0.9) - numeric::quantile(record.run_seconds, 0.1)) / median;
  row.energies = record.energies;
  if (record.peak_memory.value > 0) row.peak_memory = record.peak_memory;
  return row;
}

Status add_forecast(const Session& session, const Options& options, const Place& place,
                    const measurement::Item& item, report::Compared& row) {
  FORECOST_TRY(const layer::LayeredNetwork network, layer::infer(item.network, item.binding));
  FORECOST_TRY(
      const layer::LoweredNetwork lowered,
      lower_for(session, network, options.sizes, place.predictor->card().identity, options.lowering));
  const prediction::Prediction prediction = prediction::predict(network, lowered, *place.predictor);
  row.predicted = prediction.latency;
  if (prediction.energy) {
    row.predicted_energy = {prediction.energy->total, prediction.energy->low, prediction.energy->high};
  }
  row.predicted_memory = prediction.memory.peak;
  row.predicted_arena = prediction.memory.activations + prediction.memory.workspace;
  return Done{};
}

/// Its own process holds nothing but the network. Without an answer the row has no memory, and a warning says
/// why.
std::optional<measurement::PeakMemory> peak_of(const Session& session, const Options& options,
                                               const measurement::Item& item, Place& place) {
  if (interrupted()) return std::nullopt;
  const auto peak = measure_peak(session, item.network, options.sizes, place.settings,
                                 peak_probe(options.lowering.library));
  if (peak) return *peak;
  place.warnings.push_back(
      {"peak memory of " + item.name + " was not measured: " + peak.error().what, peak.error().hint});
  return std::nullopt;
}

/// Into the measurements of the device, when it is calibrated and this machine is it.
Status store_record(const Session& session, const device::Card& card, const measurement::Record& record) {
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  FORECOST_TRY(const std::int64_t device, store.enter_device(card));
  FORECOST_TRY(const std::int64_t run, store.begin(device, {.started = session.system->unix_time(),
                                                            .command = session.command_line,
                                                            .forecost_version = FORECOST_VERSION}));
  return store.add(device, run, record);
}

void keep(const Session& session, Place& place, const measurement::Record& record) {
  if (!place.is_calibrated_one) return;
  const Status kept = store_record(session, place.predictor->card(), record);
  if (!kept) {
    place.warnings.push_back({record.name + " was not stored: " + kept.error().what, kept.error().hint});
  }
}

/// By a runner that measures by itself: each network is stored before the next one begins.
Status measure_told(const Options& options, const Session& session, const measurement::Bench& bench,
                    std::span<const measurement::Item> items, Place& place, std::vector<Error>& errors) {
  std::optional<measurement::DeclaredPower> declared;
  if (!options.energy.declared.empty()) {
    FORECOST_TRY(declared, parse_declared_power(options.energy.declared));
  }
  measurement::Protocol protocol;
  protocol.told_energy = !options.energy.none;
  std::vector<report::Compared> rows;
  for (const measurement::Item& item : items) {
    if (interrupted()) break;
    Result<measurement::Told> told = measurement::measure_there(bench, item, protocol);
    if (!told) {
      errors.push_back(told.error());
      errors.back().what = item.name + ": " + errors.back().what;
      continue;
    }
    measurement::Record& record = told->record;
    if (declared) {
      const Seconds median(numeric::median(record.run_seconds));
      record.energies.push_back(measurement::declared_energy(*declared, median));
    }
    keep(session, place, record);
    rows.push_back(compared_of(record, place));
    if (!options.compare || !item.training.empty()) continue;
    const Status status = add_forecast(session, options, place, item, rows.back());
    if (!status) errors.push_back(status.error());
  }
  if (!rows.empty()) {
    const std::string why =
        options.energy.none ? "not measured (--no-energy)" : "not measured (the runner told none)";
    FORECOST_TRY([[maybe_unused]] const Done done,
                 print(session, {report::comparison_report(rows, place.warnings, why)}));
  }
  return last_of(errors);
}

Status check_runner(const Options& options, const device::Runner& runner) {
  if (!options.training.empty() && !runner.measures_itself()) {
    return Error{Fault::unsupported, "this runner runs no training steps", "--training",
                 "use --runner torch, or --runner command with a program that can"};
  }
  if (!options.energy.sensors.empty() && runner.measures_itself()) {
    return Error{Fault::bad_input, "the runner measures where it runs, and tells energies of its own",
                 "--sensor", "leave --sensor out, or declare powers with --declared-power"};
  }
  return Done{};
}

Status measure(const Options& options, const Session& session) {
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner,
               open_runner(session, options.runner, options.lowering.library));
  FORECOST_TRY([[maybe_unused]] const Done checked, check_runner(options, *runner));
  FORECOST_TRY(Place place, place_of(session, options, *runner));
  std::vector<measurement::Item> items;
  std::vector<Error> errors;
  for (const std::string& model : options.models) {
    Result<measurement::Item> item = item_of(model, options);
    if (item) {
      items.push_back(std::move(*item));
    } else {
      errors.push_back(item.error());
    }
  }
  watch_for_interrupts();
  const measurement::Bench bench{*session.system, *runner, place.settings, interrupted};
  if (runner->measures_itself()) return measure_told(options, session, bench, items, place, errors);
  FORECOST_TRY(const EnergyPlace sensors, energy_place(session, options.energy));
  std::vector<Result<measurement::Record>> records = measurement::measure(bench, items, {});
  std::vector<const measurement::Item*> good;
  std::vector<double> medians;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->run_seconds.empty()) {
      errors.push_back(records[i] ? Error{Fault::failed, "no run was kept", items[i].name, "measure again"}
                                  : records[i].error());
      continue;
    }
    good.push_back(&items[i]);
    medians.push_back(numeric::quantile(records[i]->run_seconds, 0.5));
  }
  auto energies = energies_of(sensors, options.energy, bench, good, medians, place.warnings);
  std::vector<report::Compared> rows;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i] || records[i]->run_seconds.empty()) continue;
    measurement::Record record = *std::move(records[i]);
    record.energies = std::move(energies[rows.size()]);
    const auto peak = peak_of(session, options, items[i], place);
    if (peak) record.peak_memory = peak->peak();
    keep(session, place, record);
    rows.push_back(compared_of(record, place));
    if (peak) rows.back().arena = peak->running - peak->loaded;
    if (!options.compare) continue;
    const Status status = add_forecast(session, options, place, items[i], rows.back());
    if (!status) errors.push_back(status.error());
  }
  if (!rows.empty()) {
    FORECOST_TRY(
        [[maybe_unused]] const Done done,
        print(session, {report::comparison_report(rows, place.warnings, sensors.why_none(options.energy))}));
  }
  return last_of(errors);
}

}  // namespace

void add_measure(CLI::App& program, Invocation& invocation) {
  CLI::App* command =
      program.add_subcommand("measure", "Run networks on this machine, and show how right forecasts are");
  const auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->models, "ONNX files, or zoo:NAME")->required();
  command->add_flag("--compare", options->compare, "Show the prediction and its signed error beside");
  add_device_options(*command, options->devices);
  add_size_options(*command, options->sizes);
  add_lowering_options(*command, options->lowering);
  add_energy_options(*command, options->energy);
  add_runner_options(*command, options->runner);
  command
      ->add_option("--training", options->training,
                   "Training steps with this optimiser (--runner torch, command)")
      ->check(CLI::IsMember({"sgd", "adam"}));
  command->footer(
      examples({"forecost measure resnet50.onnx", "forecost measure resnet50.onnx vgg16.onnx --compare",
                "forecost measure zoo:mobilenet_v2 --batch 8 --compare --format json",
                "forecost measure resnet50.onnx --declared-power idle=5W,active=12W",
                "forecost measure resnet50.onnx --runner command --program 'ssh board ./bench.py'",
                "forecost measure zoo:resnet18 --runner torch --training sgd --batch 8"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return measure(*options, session); };
  });
}

}  // namespace forecost::app
