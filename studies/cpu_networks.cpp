// SPDX-License-Identifier: Apache-2.0
// Calibrates this machine with none of the test networks, forecasts all of them, measures them twice, shows
// the error.
//
// Settings: 1 and 2 threads; every zoo network at batch 1 and 8, the graphs of ../shared/data/onnx_light and
// networks that tools/export_networks.py left in build/exported. The two sweeps lie minutes apart: their
// difference is the floor. Before each sweep some networks of the calibration are measured again, as
// `forecost calibrate --refresh` does, and the forecasts follow; the errors without that are printed, too.
// An interrupted study goes on where it stopped.
// FORECOST_STUDY_BUDGET: seconds of calibration per setting (580, 20 are left for the pace);
// FORECOST_STUDY_THREADS: "1,2".
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "forecost/device/runner.h"
#include "forecost/device/temp_folder.h"
#include "forecost/measurement/measure.h"
#include "forecost/measurement/memory_model.h"
#include "forecost/measurement/peak_process.h"
#include "forecost/network/writer.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/calibration.h"
#include "forecost/predictor/pace.h"
#include "forecost/report/figure.h"
#include "settings.h"
#include "subjects.h"

namespace {

using namespace forecost;
using report::Figure;
using studies::Subject;

constexpr const char* default_family = "path_model";
constexpr std::size_t interleaved = 3;

struct Outcome {
  std::string name;
  Seconds first, second;                                      ///< medians of the two sweeps
  std::map<std::string, predictor::TotalForecast> forecasts;  ///< by family, at the pace of the sweeps
  predictor::TotalForecast calibrated;                        ///< of the default family, without the pace
  double kernel_error = 0, kernel_time = 0;                   ///< sums over kernels, seconds
  Seconds measured() const { return (first + second) / 2.0; }
};

std::string pace_of_sweep(const std::string& sweep) {
  return "pace of " + sweep;
}

/// Networks of the calibration, measured again just before a sweep, unless the store has them.
Status measure_pace(const measurement::Bench& bench, measurement::Store& store, std::int64_t device,
                    const std::string& sweep, const predictor::Predictor& fitted) {
  const std::string kind = pace_of_sweep(sweep);
  FORECOST_TRY(const auto done, store.names(device, kind));
  if (!done.empty()) return Done{};
  FORECOST_TRY(const auto run, store.begin(device, {.started = bench.system.unix_time(),
                                                    .command = "make study NAME=cpu_networks"}));
  FORECOST_TRY(const auto calibration, store.records(device, "calibration"));
  const auto items = predictor::yardsticks(calibration, fitted, kind);
  for (std::size_t i = 0; i < items.size(); i += interleaved) {
    const auto some = std::span(items).subspan(i, std::min(interleaved, items.size() - i));
    for (const auto& record : measurement::measure(bench, some, {})) {
      if (!record) continue;
      FORECOST_TRY([[maybe_unused]] auto added, store.add(device, run, *record));
    }
  }
  return Done{};
}

/// Measures what the store does not have yet of one sweep; a group is stored as soon as it is measured.
Status sweep(const measurement::Bench& bench, measurement::Store& store, std::int64_t device,
             const std::string& kind) {
  std::vector<std::string> missing;
  const auto all = studies::subjects(missing);
  for (const auto& line : missing) std::cout << line << '\n';
  FORECOST_TRY(const auto done, store.names(device, kind));
  FORECOST_TRY(const auto run, store.begin(device, {.started = bench.system.unix_time(),
                                                    .command = "make study NAME=cpu_networks"}));
  std::vector<measurement::Item> items;
  for (std::size_t i = 0; i <= all.size(); ++i) {
    if (i < all.size() && !done.count(all[i].name())) {
      auto item = studies::item_of(all[i], kind);
      if (item) {
        items.push_back(std::move(*item));
      } else {
        std::cout << "left out: " << all[i].name() << ": " << to_string(item.error()) << '\n';
      }
    }
    if (items.empty() || (items.size() < interleaved && i < all.size())) continue;
    for (const auto& record : measurement::measure(bench, items, {})) {
      if (!record) {
        std::cout << "left out: " << to_string(record.error()) << '\n';
        continue;
      }
      FORECOST_TRY([[maybe_unused]] auto added, store.add(device, run, *record));
    }
    items.clear();
    std::cerr << fmt::format("\r{}: {}/{} ", kind, i, all.size()) << std::flush;
  }
  std::cerr << '\n';
  return Done{};
}

/// What was measured in one sweep.
struct Sweep {
  std::vector<measurement::Record> networks;
  std::vector<measurement::Record> pace;
};

/// The pace in each of the sweeps; 1 where it is not known.
std::vector<double> paces_of(const std::vector<Sweep>& sweeps,
                             const std::vector<measurement::Record>& calibration) {
  std::vector<double> factors;
  for (const Sweep& sweep : sweeps) {
    const auto pace = predictor::pace_of(sweep.pace, calibration);
    factors.push_back(pace ? pace->factor : 1.0);
  }
  return factors;
}

std::vector<Outcome> compare(const std::vector<Sweep>& sweeps, const measurement::Table& table, double pace) {
  std::map<std::string, std::unique_ptr<predictor::Predictor>> predictors;
  for (const auto& family : predictor::family_list()) {
    auto fitted = family.fit(table, {});
    if (fitted) predictors[std::string(family.name)] = predictor::at_pace(std::move(*fitted), pace);
  }
  std::map<std::string, const measurement::Record*> again;
  for (const auto& record : sweeps.back().networks) again[record.name] = &record;
  std::vector<Outcome> outcomes;
  for (const auto& record : sweeps.front().networks) {
    const auto other = again.find(record.name);
    if (other == again.end()) continue;
    Outcome outcome{.name = record.name,
                    .first = Seconds(numeric::median(record.run_seconds)),
                    .second = Seconds(numeric::median(other->second->run_seconds))};
    for (const auto& [name, fitted] : predictors) {
      const auto compiled = fitted->compile(record.kernels);
      const auto total = fitted->predict_total(*compiled);
      outcome.forecasts[name] = total;
      if (name != default_family) continue;
      outcome.calibrated = {total.time / fitted->pace(), total.low / fitted->pace(),
                            total.high / fitted->pace()};
      const auto forecasts = fitted->predict(*compiled);
      for (std::size_t k = 0; k < forecasts.size(); ++k) {
        if (record.kernel_seconds[k].empty()) continue;
        const double measured = numeric::median(record.kernel_seconds[k]);
        outcome.kernel_error += std::abs(forecasts[k].time.value - measured);
        outcome.kernel_time += measured;
      }
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

double percent(double share) {
  return 100 * share;
}

/// Errors of the default family without the pace.
predictor::ErrorSummary calibrated_errors_of(const std::vector<Outcome>& outcomes) {
  std::vector<predictor::Pair> pairs;
  for (const auto& o : outcomes)
    pairs.push_back({o.measured(), o.calibrated.time, o.calibrated.low, o.calibrated.high});
  return predictor::summarise(pairs);
}

predictor::ErrorSummary errors_of(const std::vector<Outcome>& outcomes, const std::string& family) {
  std::vector<predictor::Pair> pairs;
  for (const auto& outcome : outcomes) {
    const auto found = outcome.forecasts.find(family);
    if (found == outcome.forecasts.end()) continue;
    pairs.push_back({outcome.measured(), found->second.time, found->second.low, found->second.high});
  }
  return predictor::summarise(pairs);
}

void print_outcomes(const std::vector<Outcome>& outcomes) {
  fmt::print("{:<28}{:>12}{:>12}{:>9}{:>9}   {:>10} .. {:<10}\n", "network-batch", "measured", "forecast",
             "error", "repeat", "low", "high");
  for (const auto& o : outcomes) {
    const auto found = o.forecasts.find(default_family);
    if (found == o.forecasts.end()) continue;
    const auto& f = found->second;
    const bool outside = o.measured() < f.low || o.measured() > f.high;
    fmt::print("{:<28}{:>12}{:>12}{:>8.1f}%{:>8.1f}%   {:>10} .. {:<10}{}\n", o.name, to_text(o.measured()),
               to_text(f.time), percent(f.time / o.measured() - 1), percent(o.second / o.first - 1),
               to_text(f.low), to_text(f.high), outside ? " outside" : "");
  }
}

void print_results(const std::vector<Outcome>& outcomes, const std::string& key) {
  const auto line = [](const Figure& figure) { std::cout << report::result_line(figure) << '\n'; };
  const auto ours = errors_of(outcomes, default_family);
  double kernel_error = 0, kernel_time = 0, floor = 0;
  for (const auto& outcome : outcomes) {
    kernel_error += outcome.kernel_error;
    kernel_time += outcome.kernel_time;
    floor += std::abs(outcome.second / outcome.first - 1);
  }
  line({key + ".networks", static_cast<double>(ours.count), "network-batches"});
  line({key + ".mape", percent(ours.mape), "%", Figure::Goal::at_most, 5});
  line({key + ".within_10", percent(ours.within_10), "%", Figure::Goal::at_least, 95});
  const auto calibrated = calibrated_errors_of(outcomes);
  line({key + ".mape_without_pace", percent(calibrated.mape), "%"});
  line({key + ".within_10_without_pace", percent(calibrated.within_10), "%"});
  line({key + ".kernel_mape_time_weighted", percent(kernel_error / kernel_time), "%", Figure::Goal::at_most,
        12});
  line({key + ".coverage_90_at_least", percent(ours.coverage), "%", Figure::Goal::at_least, 85});
  line({key + ".coverage_90_at_most", percent(ours.coverage), "%", Figure::Goal::at_most, 97});
  line({key + ".floor_mape", percent(floor / static_cast<double>(outcomes.size())), "%"});
  fmt::print("{:<16}{:>10}{:>10}{:>12}{:>12}\n", "family", "MAPE", "median", "within 10 %", "coverage");
  for (const auto& family : predictor::family_list()) {
    const auto errors = errors_of(outcomes, std::string(family.name));
    fmt::print("{:<16}{:>9.1f}%{:>9.1f}%{:>11.1f}%{:>11.1f}%\n", family.name, percent(errors.mape),
               percent(errors.median), percent(errors.within_10), percent(errors.coverage));
  }
  for (const auto& family : predictor::family_list()) {
    if (family.name == default_family) continue;
    line({fmt::format("{}.{}_mape", key, family.name),
          percent(errors_of(outcomes, std::string(family.name)).mape), "%"});
  }
}

/// Peak memory as the device's model has it, and as a process of its own shows it. Beside it the peak that a
/// process has whose C library keeps holes (median of three).
Status compare_peaks(const measurement::Bench& bench, const device::MemoryModel& model,
                     const measurement::PeakProbe& probe, const std::string& key) {
  const auto* runtime = layer::find_runtime(bench.runner.identity(bench.settings).runtime);
  FORECOST_TRY(const auto folder, device::TempFolder::make(bench.system));
  std::vector<std::string> missing;
  std::vector<double> errors, with_holes, holes;
  fmt::print("{:<28}{:>12}{:>12}{:>9}{:>14}\n", "network-batch", "peak", "forecast", "error", "with holes");
  for (const auto& subject : studies::subjects(missing)) {
    FORECOST_TRY(auto item, studies::item_of(subject, "peak"));
    measurement::PeakRequest request{
        .file = subject.file, .batch = subject.batch, .settings = bench.settings};
    if (request.file.empty()) {
      request.file = folder.path() / "network.onnx";
      FORECOST_TRY([[maybe_unused]] const auto written, network::write(item.network, request.file));
    }
    const auto measured = probe(request);
    request.holes = measurement::HeapHoles::kept;
    const auto holed = measurement::median_peak(request, probe);
    const auto layered = layer::infer(std::move(item.network), item.binding);
    if (!measured || !holed || !layered) {
      const Error& why = !measured ? measured.error() : !holed ? holed.error() : layered.error();
      std::cout << "left out: " << subject.name() << ": " << to_string(why) << '\n';
      continue;
    }
    FORECOST_TRY(const auto lowered, layer::lower(*layered, *runtime));
    const Bytes forecast = measurement::peak_of(measurement::memory_use(lowered), model).peak();
    const Bytes peak = measured->peak();
    errors.push_back(forecast / peak - 1);
    with_holes.push_back(forecast / *holed - 1);
    holes.push_back(*holed / peak - 1);
    fmt::print("{:<28}{:>12}{:>12}{:>8.1f}%{:>14}\n", subject.name(), to_text(peak), to_text(forecast),
               percent(errors.back()), to_text(*holed));
  }
  const auto within_10 = [](const std::vector<double>& list) {
    const auto close = std::count_if(list.begin(), list.end(), [](double e) { return std::abs(e) <= 0.1; });
    return percent(static_cast<double>(close) / static_cast<double>(list.size()));
  };
  std::cout << report::result_line(
                   {key + ".peak_memory_within_10", within_10(errors), "%", Figure::Goal::at_least, 90})
            << '\n'
            << report::result_line({key + ".peak_memory_with_holes_within_10", within_10(with_holes), "%"})
            << '\n'
            << report::result_line({key + ".holes_median", percent(numeric::median(holes)), "%"}) << '\n'
            << report::result_line(
                   {key + ".holes_most", percent(*std::max_element(holes.begin(), holes.end())), "%"})
            << '\n';
  return Done{};
}

Status run_setting(int threads, double budget, measurement::Store& store) {
  const auto system = device::this_machine();
  FORECOST_TRY(auto runner, device::find_runner("onnxruntime")->open(*system, {}));
  const measurement::Bench bench{.system = *system, .runner = *runner, .settings = {.threads = threads}};
  const std::string key = fmt::format("cpu_networks.t{}", threads);

  predictor::CalibrationOptions options{.device = fmt::format("study-t{}", threads),
                                        .budget = Seconds(budget)};
  options.provenance = {
      .started = system->unix_time(), .command = "make study NAME=cpu_networks", .forecost_version = "0.1.0"};
  options.peak_probe = measurement::peak_process(
      (std::filesystem::path(FORECOST_BUILD_DIR) / "bin" / "forecost").string(), "");
  options.progress = [](const predictor::Progress& p) {
    std::cerr << fmt::format("\r{:<9} {:5.1f} %  {} networks ", p.stage, percent(p.share), p.networks)
              << std::flush;
  };
  device::Card card{.identity = runner->identity(bench.settings)};
  card.identity.name = options.device;
  FORECOST_TRY(const auto known, store.devices());
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const auto& one) { return one.identity.name == options.device; });
  FORECOST_TRY(const auto swept, same == known.end()
                                     ? Result<std::set<std::string>>(std::set<std::string>{})
                                     : store.names(store.enter_device(card).value(), "sweep 1"));
  const Seconds start = system->now();
  std::unique_ptr<predictor::Predictor> fitted;
  if (swept.empty()) {  // otherwise the calibration was complete
    FORECOST_TRY(auto calibration, predictor::calibrate(bench, store, options));
    std::cerr << '\n';
    fmt::print(
        "{} networks, {} kernels, {} failed; out of fold: networks {:.1f} %, kernels {:.1f} % weighted by "
        "time\n",
        calibration.networks, calibration.kernels, calibration.failed,
        percent(calibration.validation.networks.mape), percent(calibration.validation.kernels.weighted_mape));
    fitted = std::move(calibration.predictor);
  }
  FORECOST_TRY(const auto device, store.enter_device(card));
  FORECOST_TRY(const auto cards, store.devices());
  for (const auto& one : cards) {
    if (one.identity.name == options.device) card = one;
  }
  FORECOST_TRY(const auto records, store.records(device, "calibration"));
  const auto table = measurement::tabulate(card, records);
  if (!fitted) {
    FORECOST_TRY(fitted, predictor::find_family(default_family)->fit(table, {}));
  }
  std::vector<Sweep> sweeps;
  for (const std::string kind : {"sweep 1", "sweep 2"}) {
    FORECOST_TRY([[maybe_unused]] auto paced, measure_pace(bench, store, device, kind, *fitted));
    if (swept.empty() && sweeps.empty()) {
      std::cout << report::result_line({key + ".calibration_minutes", (system->now() - start).value / 60,
                                        "min", Figure::Goal::at_most, 10})
                << '\n';
    }
    FORECOST_TRY([[maybe_unused]] auto swept_now, sweep(bench, store, device, kind));
    FORECOST_TRY(auto networks, store.records(device, kind));
    FORECOST_TRY(auto pace, store.records(device, pace_of_sweep(kind)));
    sweeps.push_back({std::move(networks), std::move(pace)});
  }
  const auto paces = paces_of(sweeps, records);
  const auto outcomes = compare(sweeps, table, numeric::mean(paces));
  print_outcomes(outcomes);
  print_results(outcomes, key);
  for (std::size_t i = 0; i < paces.size(); ++i) {
    std::cout << report::result_line({fmt::format("{}.pace_{}", key, i + 1), paces[i], "of calibration"})
              << '\n';
  }
  return compare_peaks(bench, card.memory_model, options.peak_probe, key);
}

}  // namespace

int main() {
  const auto folder = std::filesystem::path(FORECOST_BUILD_DIR) / "study" / "cpu_networks";
  const double budget = std::stod(studies::setting("FORECOST_STUDY_BUDGET", "580"));
  auto store = measurement::Store::open(folder / "measurements.sqlite");
  if (!store) {
    std::cerr << "error: " << to_string(store.error()) << '\n';
    return 1;
  }
  for (const std::string& one : studies::listed(studies::setting("FORECOST_STUDY_THREADS", "1,2"))) {
    const auto done = run_setting(std::stoi(one), budget, *store);
    if (!done) {
      std::cerr << "error: " << to_string(done.error()) << '\n';
      return 1;
    }
  }
  return 0;
}
