// Calibrates this machine with none of the test networks, forecasts all of them, measures them, shows the
// error. SPDX-License-Identifier: Apache-2.0
//
// Settings: 1 and 2 threads; every zoo network, the graphs of ../shared/data/onnx_light and any exported
// networks in build/exported, at batch 1 and 8. Measured twice, minutes apart: the difference is the floor.
// FORECOST_STUDY_BUDGET (seconds per setting, default 600), FORECOST_STUDY_THREADS ("1,2").
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "forecost/device/runner.h"
#include "forecost/measurement/measure.h"
#include "forecost/network/reader.h"
#include "forecost/network/writer.h"
#include "forecost/network/zoo.h"
#include "forecost/numeric/statistics.h"
#include "forecost/prediction/prediction.h"
#include "forecost/predictor/calibration.h"
#include "forecost/report/figure.h"

namespace {

using namespace forecost;
using report::Figure;
namespace fs = std::filesystem;

const fs::path work = fs::path(FORECOST_BUILD_DIR) / "study" / "cpu_networks";

/// One network at one batch.
struct Subject {
  std::string name;
  std::int64_t batch = 1;
  fs::path file;
};

struct Outcome {
  Subject subject;
  Seconds first, second;  ///< medians of the two sweeps
  Seconds minimum;        ///< over both
  measurement::Record record;
  std::map<std::string, predictor::TotalForecast> forecasts;  ///< by family
  std::vector<std::pair<double, double>> kernels;  ///< measured, predicted (default family), seconds
};

std::vector<Subject> subjects() {
  std::vector<Subject> all;
  fs::create_directories(work / "networks");
  for (const auto& entry : network::zoo_entries()) {
    for (const std::int64_t batch : {1, 8}) {
      const auto file = work / "networks" / fmt::format("{}-b{}.onnx", entry.name, batch);
      if (!fs::exists(file)) {
        const auto written = network::write(entry.build({.batch = batch}), file);
        if (!written) {
          std::cerr << to_string(written.error()) << '\n';
          continue;
        }
      }
      all.push_back({std::string(entry.name), batch, file});
    }
  }
  for (const fs::path& folder : {fs::path(FORECOST_SOURCE_DIR) / ".." / "shared" / "data" / "onnx_light",
                                 fs::path(FORECOST_BUILD_DIR) / "exported"}) {
    if (!fs::is_directory(folder)) {
      std::cout << "skipped: " << folder.filename().string() << " is not here\n";
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(folder)) {
      if (file.path().extension() == ".onnx") files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) all.push_back({file.stem().string(), 1, file});
  }
  return all;
}

Result<measurement::Item> item_of(const Subject& subject) {
  measurement::Item item{.name = fmt::format("{}-b{}", subject.name, subject.batch), .file = subject.file};
  item.group = subject.name;
  FORECOST_TRY(item.network, network::read(subject.file));
  item.binding.batch = subject.batch;
  return item;
}

/// One sweep over all subjects, four interleaved at a time.
std::vector<Result<measurement::Record>> sweep(const measurement::Bench& bench,
                                               const std::vector<Subject>& all) {
  std::vector<Result<measurement::Record>> records;
  for (std::size_t begin = 0; begin < all.size(); begin += 4) {
    std::vector<measurement::Item> items;
    for (std::size_t i = begin; i < std::min(begin + 4, all.size()); ++i) {
      auto item = item_of(all[i]);
      if (item) {
        items.push_back(std::move(*item));
      } else {
        items.push_back({.name = all[i].name});
        std::cerr << to_string(item.error()) << '\n';
      }
    }
    measurement::Protocol protocol;
    protocol.block = Seconds(0.06);
    for (auto& record : measurement::measure(bench, items, protocol)) records.push_back(std::move(record));
    std::cerr << fmt::format("\rmeasured {}/{} ", records.size(), all.size()) << std::flush;
  }
  std::cerr << '\n';
  return records;
}

double percent(double share) {
  return 100 * share;
}

predictor::ErrorSummary errors_of(const std::vector<Outcome>& outcomes, const std::string& family) {
  std::vector<predictor::Pair> pairs;
  for (const auto& outcome : outcomes) {
    const auto found = outcome.forecasts.find(family);
    if (found == outcome.forecasts.end()) continue;
    const auto& forecast = found->second;
    pairs.push_back({(outcome.first + outcome.second) / 2.0, forecast.time, forecast.low, forecast.high});
  }
  return predictor::summarise(pairs);
}

void print_outcomes(const std::vector<Outcome>& outcomes, const std::string& family) {
  fmt::print("{:<28}{:>6}{:>12}{:>12}{:>9}{:>9}   {:>10} .. {:<10}\n", "network", "batch", "measured",
             "forecast", "error", "repeat", "low", "high");
  for (const auto& o : outcomes) {
    const auto found = o.forecasts.find(family);
    if (found == o.forecasts.end()) continue;
    const auto& f = found->second;
    const Seconds measured = (o.first + o.second) / 2.0;
    fmt::print("{:<28}{:>6}{:>12}{:>12}{:>8.1f}%{:>8.1f}%   {:>10} .. {:<10}{}\n", o.subject.name,
               o.subject.batch, to_text(measured), to_text(f.time), percent(f.time / measured - 1),
               percent(o.second / o.first - 1), to_text(f.low), to_text(f.high),
               measured < f.low || measured > f.high ? " outside" : "");
  }
}

void print_results(const std::vector<Outcome>& outcomes, const std::string& key) {
  const auto ours = errors_of(outcomes, "path_model");
  const auto line = [&](const Figure& figure) { std::cout << report::result_line(figure) << '\n'; };
  line({key + ".networks", static_cast<double>(ours.count), "network-batches"});
  line({key + ".mape", percent(ours.mape), "%", Figure::Goal::at_most, 5});
  line({key + ".within_10", percent(ours.within_10), "%", Figure::Goal::at_least, 95});
  line({key + ".coverage_90", percent(ours.coverage), "%", Figure::Goal::at_least, 85});
  line({key + ".coverage_90_upper", percent(ours.coverage), "%", Figure::Goal::at_most, 97});
  double error = 0, weight = 0;
  for (const auto& outcome : outcomes) {
    for (const auto& [measured, predicted] : outcome.kernels) {
      error += std::abs(predicted - measured);
      weight += measured;
    }
  }
  if (weight > 0)
    line({key + ".kernel_mape_time_weighted", percent(error / weight), "%", Figure::Goal::at_most, 12});
  double floor = 0;
  for (const auto& outcome : outcomes) floor += std::abs(outcome.second / outcome.first - 1);
  line({key + ".floor_mape", percent(floor / static_cast<double>(outcomes.size())), "%"});
  for (const auto& family : predictor::family_list()) {
    if (family.name == "path_model") continue;
    line({fmt::format("{}.{}_mape", key, family.name),
          percent(errors_of(outcomes, std::string(family.name)).mape), "%"});
  }
}

Status run_setting(int threads, double budget, measurement::Store& store) {
  const auto system = device::this_machine();
  const auto* card = device::find_runner("onnxruntime");
  FORECOST_TRY(auto runner, card->open(*system, {}));
  const measurement::Bench bench{.system = *system, .runner = *runner, .settings = {.threads = threads}};

  predictor::CalibrationOptions options{.device = fmt::format("study-t{}", threads),
                                        .budget = Seconds(budget)};
  options.provenance = {
      .started = system->unix_time(), .command = "make study NAME=cpu_networks", .forecost_version = "0.1.0"};
  options.progress = [](const predictor::Progress& p) {
    std::cerr << fmt::format("\r{:<9} {:5.1f} %  {} networks ", p.stage, 100 * p.share, p.networks)
              << std::flush;
  };
  const Seconds start = system->now();
  FORECOST_TRY(const auto calibration, predictor::calibrate(bench, store, options));
  const std::string key = fmt::format("cpu_networks.t{}", threads);
  std::cerr << '\n';
  fmt::print(
      "calibrated {}: {} networks, {} kernels, {} failed; out of fold: networks {:.1f} %, kernels {:.1f} % "
      "(weighted {:.1f} %)\n",
      options.device, calibration.networks, calibration.kernels, calibration.failed,
      percent(calibration.validation.networks.mape), percent(calibration.validation.kernels.mape),
      percent(calibration.validation.kernels.weighted_mape));
  std::cout << report::result_line({key + ".calibration_minutes", (system->now() - start).value / 60, "min",
                                    Figure::Goal::at_most, 10.5})
            << '\n';

  FORECOST_TRY(const auto device, store.enter_device(calibration.card));
  FORECOST_TRY(const auto records, store.records(device, "calibration"));
  const auto table = measurement::tabulate(calibration.card, records);
  std::map<std::string, std::unique_ptr<predictor::Predictor>> rivals;
  for (const auto& family : predictor::family_list()) {
    auto fitted = family.fit(table, {});
    if (fitted) rivals[std::string(family.name)] = std::move(*fitted);
  }

  const auto all = subjects();
  auto first = sweep(bench, all);
  auto second = sweep(bench, all);
  FORECOST_TRY(const auto run, store.begin(device, options.provenance));
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!first[i] || !second[i]) {
      std::cout << fmt::format("left out: {} batch {}: {}\n", all[i].name, all[i].batch,
                               to_string((first[i] ? second[i] : first[i]).error()));
      continue;
    }
    Outcome outcome{.subject = all[i]};
    const auto& a = first[i]->run_seconds;
    const auto& b = second[i]->run_seconds;
    outcome.first = Seconds(numeric::median(a));
    outcome.second = Seconds(numeric::median(b));
    outcome.minimum =
        Seconds(std::min(*std::min_element(a.begin(), a.end()), *std::min_element(b.begin(), b.end())));
    outcome.record = *first[i];
    FORECOST_TRY([[maybe_unused]] auto stored, store.add(device, run, outcome.record));
    for (const auto& [name, predictor] : rivals) {
      const auto compiled = predictor->compile(outcome.record.kernels);
      outcome.forecasts[name] = predictor->predict_total(*compiled);
      if (name != "path_model") continue;
      const auto kernels = predictor->predict(*compiled);
      for (std::size_t k = 0; k < kernels.size(); ++k) {
        if (outcome.record.kernel_seconds[k].empty()) continue;
        outcome.kernels.emplace_back(numeric::median(outcome.record.kernel_seconds[k]),
                                     kernels[k].time.value);
      }
    }
    outcomes.push_back(std::move(outcome));
  }
  print_outcomes(outcomes, "path_model");
  print_results(outcomes, key);
  return Done{};
}

}  // namespace

int main() {
  const char* budget = std::getenv("FORECOST_STUDY_BUDGET");
  const char* threads = std::getenv("FORECOST_STUDY_THREADS");
  auto store = measurement::Store::open(work / "measurements.sqlite");
  if (!store) {
    std::cerr << "error: " << to_string(store.error()) << '\n';
    return 1;
  }
  std::stringstream list(threads != nullptr ? threads : "1,2");
  for (std::string one; std::getline(list, one, ',');) {
    const auto done = run_setting(std::stoi(one), budget != nullptr ? std::stod(budget) : 600.0, *store);
    if (!done) {
      std::cerr << "error: " << to_string(done.error()) << '\n';
      return 1;
    }
  }
  return 0;
}
