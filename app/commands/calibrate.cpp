// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "app/command.h"
#include "app/devices.h"
#include "app/duration.h"
#include "app/energies.h"
#include "app/interrupt.h"
#include "app/peak.h"
#include "app/progress.h"
#include "app/runners.h"
#include "forecost/predictor/calibration.h"
#include "forecost/predictor/pace.h"
#include "forecost/report/validation_report.h"

namespace forecost::app {
namespace {

struct Options {
  std::string budget = "10min";
  std::string device;
  std::string family = "path_model";
  std::string library;
  RunnerChoice runner;
  std::vector<int> cores;
  int threads = 0;
  std::uint64_t seed = 1;
  EnergyOptions energy;
  bool again = false;
  bool refresh = false;
};

std::string stage_text(const predictor::Progress& progress) {
  if (progress.stage == "roofs") return "measuring the roofs";
  if (progress.stage == "memory") return "measuring peak memory";
  if (progress.stage == "energy") return "measuring energy";
  if (progress.stage == "fit") return "fitting";
  if (progress.stage == "validate") return "cross-validating";
  const char* where = progress.stage == "active" ? "where the predictor is unsure" : "random networks";
  return fmt::format("{}, {} measured, {} kernels", where, progress.networks, progress.kernels);
}

/// Threads are pinned to the last cores: the first one serves most interrupts.
device::Settings settings_of(const Options& options, const Session& session, const device::Runner& runner) {
  device::Settings settings;
  settings.threads = threads_or_all(session, runner, options.threads);
  settings.cores = options.cores;
  settings.precision = options.runner.precision;
  if (settings.cores.empty() && options.runner.name != "command") {
    std::vector<int> allowed = session.system->allowed_cores();
    const auto wanted = static_cast<std::size_t>(settings.threads);
    if (wanted <= allowed.size()) {
      settings.cores.assign(allowed.end() - static_cast<std::ptrdiff_t>(wanted), allowed.end());
    }
  }
  return settings;
}

Status forget(measurement::Store& store, const device::Card& card) {
  FORECOST_TRY(const std::int64_t device, store.enter_device(card));
  return store.forget(device);
}

report::Report report_of(const predictor::Calibration& calibration, const Options& options,
                         const Session& session) {
  report::Report report = report::validation_report(options.device, {calibration.validation});
  report.facts.push_back(
      {"networks_measured", "networks measured", static_cast<std::int64_t>(calibration.networks)});
  report.facts.push_back(
      {"kernels_measured", "kernels measured", static_cast<std::int64_t>(calibration.kernels)});
  report.facts.push_back({"node_overhead_ms", "overhead per node", calibration.card.node_overhead});
  report.facts.push_back({"run_overhead_ms", "overhead per run", calibration.card.run_overhead});
  report.facts.push_back({"file", "predictor in", predictor_file(session, options.device).string()});
  report.warnings = calibration.warnings;
  if (interrupted()) {
    report.warnings.push_back({"measuring was stopped early", "the same command goes on where it stopped"});
  }
  return report;
}

/// The powers of the device, or why there are none.
void add_power(const std::optional<predictor::PowerModel>& power, const std::string& why_none,
               report::Report& report) {
  using report::Audience;
  if (!power) {
    report.facts.push_back({"energy", "energy", why_none});
    return;
  }
  report.facts.push_back(
      {"energy", "energy",
       power->sensor == "declared"
           ? std::string("by declared powers, not measured")
           : fmt::format("by {} ({}) on {} networks", power->sensor, power->scope, power->networks)});
  const std::pair<const char*, Watts> watts[] = {{"idle", power->idle},
                                                 {"running", power->busy},
                                                 {"arithmetic", power->arithmetic},
                                                 {"near_traffic", power->near},
                                                 {"far_traffic", power->far}};
  std::string all;
  for (const auto& [name, value] : watts) {
    report.facts.push_back({fmt::format("power.{}_w", name), "", value.value, Audience::machines});
    all += fmt::format("{}{:.3g} W {}", all.empty() ? "" : ", ", value.value, name);
  }
  report.facts.push_back({"powers", "powers", all, Audience::people});
  if (power->networks == 0) return;
  report.facts.push_back({"energy_mape", "error of energies, time known", report::Share{power->mape}});
}

report::Report report_of(const predictor::Pace& pace, const Options& options, const Session& session) {
  report::Report report{.kind = "forecost.pace",
                        .version = 1,
                        .title = fmt::format("Pace of {}", options.device),
                        .facts = {},
                        .tables = {},
                        .warnings = {},
                        .csv_table = ""};
  report.facts = {{"device", "device", options.device},
                  {"pace", "time now over time at calibration", pace.factor},
                  {"pace_low", "at least", pace.low},
                  {"pace_high", "at most", pace.high},
                  {"spread", "spread over networks", report::Share{pace.spread}},
                  {"networks", "networks measured again", static_cast<std::int64_t>(pace.networks)},
                  {"measured", "measured", pace.measured},
                  {"file", "kept in", predictor_file(session, options.device).string()}};
  constexpr double alike = 0.1;
  if (pace.spread > alike) {
    report.warnings.push_back({"the networks did not change alike, one factor says little",
                               "calibrate anew: forecost calibrate --again"});
  }
  return report;
}

/// Measures some networks of the calibration again; forecasts follow from now on.
Status refresh(Options options, const Session& session) {
  constexpr std::size_t interleaved = 3;
  DeviceOptions wanted;
  wanted.threads = options.threads;
  if (!options.device.empty()) wanted.names = {options.device};
  FORECOST_TRY(const std::vector<std::string> chosen, chosen_devices(session, wanted));
  options.device = chosen.front();
  FORECOST_TRY(const predictor::SavedPredictor saved, load_device(session, options.device));
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner,
               open_runner(session, options.runner, options.library));
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  const measurement::Bench bench{*session.system, *runner, saved.predictor->card().identity.settings,
                                 interrupted};
  device::Card card;
  card.identity = runner->identity(bench.settings);
  card.identity.name = options.device;
  FORECOST_TRY(const std::int64_t device, store.enter_device(card));
  FORECOST_TRY(const auto calibration, store.records(device, "calibration"));
  ProgressBar bar(session.progress, session.style.width);
  watch_for_interrupts();
  const auto items = predictor::yardsticks(calibration, *saved.predictor, "pace");
  const Seconds start = session.system->now();
  std::vector<measurement::Record> again;
  for (std::size_t i = 0; i < items.size() && !interrupted(); i += interleaved) {
    const double share = static_cast<double>(i) / static_cast<double>(items.size());
    const Seconds spent = session.system->now() - start;
    bar.show(share, share > 0 ? spent * ((1 - share) / share) : Seconds(),
             fmt::format("{} of {} networks measured again", again.size(), items.size()));
    const std::span<const measurement::Item> all(items);
    for (auto& record :
         measurement::measure(bench, all.subspan(i, std::min(interleaved, items.size() - i)), {})) {
      if (record) again.push_back(*std::move(record));
    }
  }
  bar.clear();
  if (interrupted()) {
    return Error{Fault::interrupted, "measuring the pace was stopped", options.device,
                 "nothing was changed; run the same command again"};
  }
  FORECOST_TRY(predictor::Pace pace, predictor::pace_of(again, calibration));
  pace.measured = iso_time(session);
  FORECOST_TRY([[maybe_unused]] const Done kept,
               predictor::save_pace(pace, predictor_file(session, options.device)));
  return print(session, {report_of(pace, options, session)});
}

Status calibrate(Options options, const Session& session) {
  if (options.refresh) return refresh(std::move(options), session);
  FORECOST_TRY(const std::unique_ptr<device::Runner> runner,
               open_runner(session, options.runner, options.library));
  if (options.device.empty())
    options.device = default_device(session, options.runner, *runner, options.threads);
  EnergyOptions asked = options.energy;
  if (runner->measures_itself()) asked.none = true;  // this machine's sensors do not see it
  FORECOST_TRY(const EnergyPlace energy, energy_place(session, asked));
  std::error_code fault;
  std::filesystem::create_directories(session.home, fault);
  FORECOST_TRY(measurement::Store store, measurement::Store::open(measurements_file(session)));
  const measurement::Bench bench{*session.system, *runner, settings_of(options, session, *runner),
                                 interrupted};
  if (options.again) {
    device::Card card;
    card.identity = runner->identity(bench.settings);
    card.identity.name = options.device;
    FORECOST_TRY([[maybe_unused]] const Done forgotten, forget(store, card));
  }
  ProgressBar bar(session.progress, session.style.width);
  predictor::CalibrationOptions wanted;
  wanted.device = options.device;
  wanted.budget = *parse_duration(options.budget);
  wanted.family = options.family;
  wanted.seed = options.seed;
  if (!runner->measures_itself()) wanted.peak_probe = peak_probe(options.library);
  wanted.sensors = energy.sensors.present;
  wanted.energy_protocol.idle = *parse_duration(options.energy.idle);
  wanted.declared_power = energy.declared;
  wanted.provenance = {.started = session.system->unix_time(),
                       .command = session.command_line,
                       .forecost_version = FORECOST_VERSION};
  wanted.progress = [&bar](const predictor::Progress& progress) {
    bar.show(progress.share, progress.remaining, stage_text(progress));
  };
  watch_for_interrupts();
  FORECOST_TRY(const predictor::Calibration calibration, predictor::calibrate(bench, store, wanted));
  bar.clear();
  FORECOST_TRY([[maybe_unused]] const Done kept,
               keep_device(session, options.device, *calibration.predictor, calibration.validation,
                           calibration.networks, calibration.kernels, calibration.power));
  report::Report report = report_of(calibration, options, session);
  add_power(calibration.power, energy.why_none(options.energy), report);
  return print(session, {report});
}

}  // namespace

void add_calibrate(CLI::App& program, Invocation& invocation) {
  CLI::App* command = program.add_subcommand("calibrate", "Measure this machine and fit a predictor to it");
  const auto options = std::make_shared<Options>();
  command->add_option("--budget", options->budget, "Time to spend, as 90s, 10min or 1h (default 10min)")
      ->type_name("TIME")
      ->check(CLI::Validator(check_duration, ""));
  command->add_option("--threads", options->threads, "Threads of the runtime (default: all cores)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--cores", options->cores, "Cores to pin the threads to (default: the last ones)")
      ->type_name("CORE")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber);
  command->add_option("--on", options->device, "Name of the device (default: this-tN with N threads)")
      ->type_name("NAME")
      ->check(CLI::Validator(check_device_name, ""));
  command->add_option("--family", options->family, "Predictor family, see forecost list families")
      ->type_name("NAME");
  command->add_option("--library", options->library, "The runtime's shared library (default: search)")
      ->type_name("FILE");
  add_runner_options(*command, options->runner);
  command->add_option("--seed", options->seed, "Seed of the random networks")->type_name("N");
  add_energy_options(*command, options->energy);
  command->add_flag("--again", options->again, "Forget what was measured of this device before");
  command
      ->add_flag("--refresh", options->refresh,
                 "Only measure the pace of a calibrated device: forecasts follow a machine that has become "
                 "faster or slower")
      ->excludes("--again")
      ->excludes("--budget")
      ->excludes("--family");
  command->footer(examples({"forecost calibrate", "forecost calibrate --refresh",
                            "forecost calibrate --budget 3min --threads 1",
                            "forecost calibrate --declared-power idle=5W,active=12W",
                            "forecost calibrate --runner command --program 'ssh board ./bench.py' --on board",
                            "forecost calibrate --on server-t2 --threads 2 --cores 0,1 --again"}));
  command->callback([&invocation, options] {
    invocation.run = [options](const Session& session) { return calibrate(*options, session); };
  });
}

}  // namespace forecost::app
