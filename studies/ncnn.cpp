// SPDX-License-Identifier: Apache-2.0
// Total times of 34 networks on many devices (ncnn's own benchmark): all networks of a device from ten that
// were measured there, and from what other devices say. A device here is hardware, threads, power mode and
// processor or GPU; those with fewer than 15 networks are left out.
//   totals    the device is left out, the same hardware with other threads may be among the others
//   transfer  the whole hardware is left out
// The ten are the most telling of those measured, or drawn (FORECOST_STUDY_SEEDS times each, 3).
#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "forecost/device/system.h"
#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"
#include "forecost/predictor/shared_totals.h"
#include "forecost/predictor/validation.h"
#include "forecost/report/figure.h"
#include "known_files.h"
#include "settings.h"

namespace {

using namespace forecost;
using predictor::DeviceTotals;
using predictor::TotalTimes;
using report::Figure;

constexpr int folds = 8;
constexpr int measured_networks = 10;
constexpr std::size_t least_networks = 15;

std::string hardware_of(const std::string& device) {
  return device.substr(0, device.find(" | "));
}

bool on_gpu(const std::string& device) {
  return device.rfind(" | -1") != device.size() - 5;
}

DeviceTotals large_ones(const DeviceTotals& all) {
  DeviceTotals kept;
  std::copy_if(all.begin(), all.end(), std::inserter(kept, kept.end()),
               [](const auto& device) { return device.second.size() >= least_networks; });
  return kept;
}

/// Unit -> fold.
std::map<std::string, int> dealt(const std::set<std::string>& units) {
  std::vector<std::string> names(units.begin(), units.end());
  numeric::Random random(1);
  random.shuffle(names);
  std::map<std::string, int> fold;
  for (std::size_t i = 0; i < names.size(); ++i) fold[names[i]] = static_cast<int>(i % folds);
  return fold;
}

/// The best that one number per device and one per network do: medians of the logarithms.
std::map<std::string, double> network_scales(const DeviceTotals& devices) {
  std::map<std::string, std::vector<double>> logs;
  for (const auto& device : devices) {
    double sum = 0;
    for (const auto& total : device.second) sum += std::log(total.second.value);
    for (const auto& total : device.second)
      logs[total.first].push_back(std::log(total.second.value) -
                                  sum / static_cast<double>(device.second.size()));
  }
  std::map<std::string, double> scales;
  for (auto& network : logs) scales[network.first] = numeric::median(std::move(network.second));
  return scales;
}

struct Scores {
  std::vector<predictor::Pair> ours;
  std::vector<predictor::Pair> scaled;
};

struct Question {
  bool whole_hardware = false;
  bool drawn = false;
  int draws = 1;
};

void ask(const predictor::SharedTotals& totals, const std::map<std::string, double>& scales,
         const TotalTimes& truth, const std::vector<std::string>& chosen, Scores& scores) {
  TotalTimes known;
  std::vector<double> gaps;
  for (const std::string& network : chosen) {
    known[network] = truth.at(network);
    gaps.push_back(std::log(truth.at(network).value) - scales.at(network));
  }
  const double level = numeric::median(std::move(gaps));
  for (const predictor::NetworkTotal& total : totals.forecast(known)) {
    const auto found = truth.find(total.network);
    if (found == truth.end() || known.contains(total.network)) continue;
    scores.ours.push_back({found->second, total.time, total.low, total.high});
    const Seconds scaled(std::exp(level + scales.at(total.network)));
    scores.scaled.push_back({found->second, scaled, scaled, scaled});
  }
}

Result<Scores> run(const DeviceTotals& devices, const Question& question) {
  std::set<std::string> units;
  const auto unit_of = [&question](const std::string& device) {
    return question.whole_hardware ? hardware_of(device) : device;
  };
  for (const auto& device : devices) units.insert(unit_of(device.first));
  const std::map<std::string, int> fold = dealt(units);
  Scores scores;
  numeric::Random random(2);
  for (int held_out = 0; held_out < folds; ++held_out) {
    DeviceTotals others;
    DeviceTotals left;
    for (const auto& device : devices)
      (fold.at(unit_of(device.first)) == held_out ? left : others).insert(device);
    FORECOST_TRY(const predictor::SharedTotals totals, predictor::SharedTotals::fit(others));
    const std::map<std::string, double> scales = network_scales(others);
    for (const auto& device : left) {
      std::vector<std::string> offered;
      for (const std::string& network : totals.networks()) {
        if (device.second.contains(network)) offered.push_back(network);
      }
      for (int draw = 0; draw < (question.drawn ? question.draws : 1); ++draw) {
        std::vector<std::string> chosen;
        if (question.drawn) {
          random.shuffle(offered);
          chosen.assign(offered.begin(), offered.begin() + measured_networks);
        } else {
          chosen = totals.most_telling(measured_networks, offered);
        }
        ask(totals, scales, device.second, chosen, scores);
      }
    }
  }
  return scores;
}

void print(const std::string& key, const Scores& scores, std::optional<double> goal) {
  const predictor::ErrorSummary ours = predictor::summarise(scores.ours);
  const predictor::ErrorSummary scaled = predictor::summarise(scores.scaled);
  std::cout << report::result_line({key + ".mape", 100 * ours.mape, "%",
                                    goal ? Figure::Goal::at_most : Figure::Goal::none, goal.value_or(0)})
            << '\n'
            << report::result_line({key + ".median", 100 * ours.median, "%"}) << '\n'
            << report::result_line({key + ".coverage", 100 * ours.coverage, "%",
                                    goal ? Figure::Goal::at_least : Figure::Goal::none, 85})
            << '\n'
            << report::result_line({key + ".scales.mape", 100 * scaled.mape, "%"}) << '\n';
}

Status study() {
  const auto file = studies::data_file("ncnn/network_latency.csv.gz");
  if (!file) {
    std::cout << report::absent_line("ncnn", "ncnn/network_latency.csv.gz is not in the data folder") << '\n';
    return Done{};
  }
  FORECOST_TRY(std::string bytes, device::this_machine()->read_text(*file));
  FORECOST_TRY(const std::string text, record::unpacked(std::move(bytes), file->filename().string()));
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text, file->filename().string()));
  FORECOST_TRY(const DeviceTotals all,
               predictor::read_totals(csv, {.device = {"device", "num_threads", "powersave", "gpu_device"},
                                            .network = "model",
                                            .time = "min_ms"}));
  const DeviceTotals devices = large_ones(all);
  DeviceTotals processors;
  for (const auto& device : devices) {
    if (!on_gpu(device.first)) processors.insert(device);
  }
  std::cout << fmt::format("{} devices, {} of them processors\n", devices.size(), processors.size());
  const int draws = std::stoi(studies::setting("FORECOST_STUDY_SEEDS", "3"));
  for (const bool whole : {false, true}) {
    const std::string name = whole ? "transfer" : "totals";
    const double goal = whole ? 12 : 10;
    for (const bool drawn : {false, true}) {
      const Question question{.whole_hardware = whole, .drawn = drawn, .draws = draws};
      const std::string chosen = drawn ? "drawn" : "telling";
      FORECOST_TRY(const Scores cpus, run(processors, question));
      print(fmt::format("ncnn.{}.processors.{}", name, chosen), cpus,
            drawn ? std::nullopt : std::optional<double>(goal));
      FORECOST_TRY(const Scores every, run(devices, question));
      print(fmt::format("ncnn.{}.all.{}", name, chosen), every, std::nullopt);
    }
  }
  return Done{};
}

}  // namespace

int main() {
  const Status done = study();
  if (done) return 0;
  std::cerr << "error: " << to_string(done.error()) << '\n';
  return 1;
}
