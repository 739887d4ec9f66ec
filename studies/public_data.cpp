// SPDX-License-Identifier: Apache-2.0
// Predictor families on measurements that others made, the same folds for all, groups by configuration.
// FORECOST_STUDY_SETS=neusight_conv,left_out_neusight_conv runs some sets only, FORECOST_STUDY_FAMILIES other
// families than path_model and neuralpower, FORECOST_STUDY_ROWS=5000 at most that many rows of a device
// (every n-th; 0: all of them). By default every n-th so that 1000 are left: errors of
// path_model fall further with more.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "forecost/predictor/comparison.h"
#include "forecost/predictor/distinct.h"
#include "forecost/predictor/drift.h"
#include "forecost/predictor/folds.h"
#include "forecost/predictor/path_model.h"
#include "forecost/predictor/wave_scaling.h"
#include "forecost/report/families_report.h"
#include "forecost/report/figure.h"
#include "known_data.h"
#include "settings.h"

namespace {

using namespace forecost;
using predictor::Target;
using report::Figure;

struct Set {
  const char* name;
  const char* file;
  const char* map;
  Target target;
  const char* metric;   ///< of the goal: "mape" or "rmspe"
  double goal;          ///< per cent
  bool drifts = false;  ///< rows stand in the order in which they were measured, and later ones took longer
};

constexpr Set sets[] = {
    {"neusight_conv", "neusight/conv2d_fp32.csv.gz", "neusight_conv", Target::time, "mape", 9, true},
    {"neusight_linear", "neusight/linear_fp32_train.csv.gz", "neusight_linear", Target::time, "mape", 9},
    {"neusight_bmm", "neusight/bmm_fp32_train.csv.gz", "neusight_bmm", Target::time, "mape", 9},
    {"cde_conv", "cde/conv2d_times.csv.gz", "cde_conv", Target::time, "mape", 8},
    {"cde_conv_training", "cde/conv2d_times.csv.gz", "cde_conv_training", Target::time, "mape", 10},
    {"willowec_conv", "willowec/conv.csv", "willowec_conv", Target::energy, "mape", 9},
    {"willowec_linear", "willowec/linear.csv", "willowec_linear", Target::energy, "mape", 9},
    {"willowec_pool", "willowec/pool.csv", "willowec_pool", Target::energy, "mape", 9},
    {"neurstruc_time", "neurstruc/conv2d.txt", "neurstruc", Target::time, "rmspe", 18},
    {"neurstruc_power", "neurstruc/conv2d.txt", "neurstruc", Target::power, "rmspe", 6},
    {"neurstruc_energy", "neurstruc/conv2d.txt", "neurstruc", Target::energy, "rmspe", 18},
};

/// Every n-th row, so that at most `most` are left.
void thin(measurement::Table& table, std::size_t most) {
  const std::size_t step = most == 0 ? 1 : (table.kernels.size() + most - 1) / most;
  if (step <= 1) return;
  std::vector<measurement::KernelRow> rows;
  for (std::size_t i = 0; i < table.kernels.size(); i += step) rows.push_back(std::move(table.kernels[i]));
  table.kernels = std::move(rows);
}

/// Less what the measuring program added to it, where that can be told.
Result<measurement::Table> settled(measurement::Table table, const std::string& set) {
  FORECOST_TRY(const predictor::Drift drift, predictor::drift_of(table));
  if (drift.at.empty()) return table;
  std::cout << report::result_line({fmt::format("public_data.{}.{}.drift", set, table.card.identity.name),
                                    1e6 * drift.last().value, "us"})
            << '\n';
  return predictor::without_drift(std::move(table), drift);
}

void print(const Set& set, const std::string& device, const predictor::Entrant& entrant) {
  const std::string key = fmt::format("public_data.{}.{}.{}", set.name, device, entrant.family);
  if (!entrant.validation) {
    std::cout << report::absent_line(key, entrant.failed ? entrant.failed->what : "not fitted") << '\n';
    return;
  }
  const predictor::ErrorSummary& errors = entrant.validation->kernels;
  const double value = 100 * (std::string(set.metric) == "mape" ? errors.mape : errors.rmspe);
  const bool ours = entrant.family == "path_model";
  std::cout << report::result_line({fmt::format("{}.{}", key, set.metric), value, "%",
                                    ours ? Figure::Goal::at_most : Figure::Goal::none, set.goal})
            << '\n';
  if (!ours) return;
  std::cout << report::result_line(
                   {key + ".coverage", 100 * errors.coverage, "%", Figure::Goal::at_least, 85})
            << '\n';
}

/// The path model with the drift of the measuring program, both learned from the training folds alone; errors
/// are those of the times as they stand in the file.
Status run_with_drift(const Set& set, const measurement::Table& whole, std::size_t most) {
  constexpr int folds = 5;
  const std::size_t rows = whole.kernels.size();
  const std::size_t step = most == 0 ? 1 : (rows + most - 1) / most;
  const predictor::Folds dealt = predictor::deal(predictor::groups_of(whole), folds, 1);
  std::vector<predictor::Pair> pairs;
  for (int fold = 0; fold < folds; ++fold) {
    measurement::Table training{.card = whole.card, .kernels = {}, .networks = {}};
    std::vector<layer::Kernel> held_out;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < rows; ++i) {
      const measurement::KernelRow& row = whole.kernels[i];
      if (dealt.at(row.group) != fold) {
        training.kernels.push_back(row);
      } else if (i % step == 0) {
        held_out.push_back(row.kernel);
        places.push_back(i);
      }
    }
    FORECOST_TRY(const predictor::Drift drift, predictor::drift_of(training));
    training = predictor::without_drift(std::move(training), drift);
    thin(training, most);
    FORECOST_TRY(const auto predictor, predictor::find_family("path_model")->fit(training, {}));
    const auto forecasts = predictor->predict(*predictor->compile(held_out));
    for (std::size_t k = 0; k < forecasts.size(); ++k) {
      const Seconds late = drift.after(static_cast<double>(places[k]) /
                                       static_cast<double>(std::max<std::size_t>(rows, 2) - 1));
      pairs.push_back({whole.kernels[places[k]].time, forecasts[k].time + late, forecasts[k].low + late,
                       forecasts[k].high + late});
    }
  }
  const predictor::ErrorSummary errors = predictor::summarise(pairs);
  const std::string key =
      fmt::format("public_data.{}.{}.path_model_with_drift", set.name, whole.card.identity.name);
  std::cout << report::result_line({key + ".mape", 100 * errors.mape, "%", Figure::Goal::at_most, set.goal})
            << '\n'
            << report::result_line(
                   {key + ".coverage", 100 * errors.coverage, "%", Figure::Goal::at_least, 85})
            << '\n'
            << std::flush;
  return Done{};
}

Status run(const Set& set, const std::vector<std::string>& families, std::size_t most) {
  const auto file = studies::data_file(set.file);
  if (!file) {
    std::cout << report::absent_line(fmt::format("public_data.{}", set.name),
                                     fmt::format("{} is not in the data folder", set.file))
              << '\n';
    return Done{};
  }
  FORECOST_TRY(std::vector<measurement::Table> tables, studies::data_tables(*file, set.map));
  const auto system = device::this_machine();
  for (measurement::Table& whole : tables) {
    if (set.drifts) {
      FORECOST_TRY([[maybe_unused]] const Done done, run_with_drift(set, whole, most));
    }
    thin(whole, most);
    FORECOST_TRY(const measurement::Table table, predictor::with_target(std::move(whole), set.target));
    FORECOST_TRY(const auto entrants,
                 predictor::compare_families(table, {.families = families, .folds = 5, .fit = {}}, *system));
    const std::string name =
        fmt::format("{} ({}, {} rows)", table.card.identity.name, set.name, table.kernels.size());
    std::cout << report::render(report::families_report(name, entrants, 5), {}) << '\n';
    for (const predictor::Entrant& entrant : entrants) print(set, table.card.identity.name, entrant);
    std::cout << std::flush;
  }
  return Done{};
}

/// Kernels of a device from the same kernels' times on another, by their data sheets: nothing is fitted.
void print_wave_scaling(const std::vector<measurement::Table>& tables, std::size_t left, const char* set) {
  for (const measurement::Table& origin : tables) {
    if (&origin == &tables[left]) continue;
    std::map<std::string, Seconds> times;
    for (const auto& row : origin.kernels) times[predictor::identity_of(row.kernel)] = row.time;
    std::vector<predictor::Pair> pairs;
    for (const auto& row : tables[left].kernels) {
      const auto found = times.find(predictor::identity_of(row.kernel));
      if (found == times.end()) continue;
      const Seconds scaled =
          predictor::wave_scaled(row.kernel, found->second, origin.card, tables[left].card);
      pairs.push_back({row.time, scaled, scaled, scaled});
    }
    if (pairs.empty()) continue;
    std::cout << report::result_line({fmt::format("public_data.left_out.{}.{}.wave_scaling.from_{}.mape", set,
                                                  tables[left].card.identity.name, origin.card.identity.name),
                                      100 * predictor::summarise(pairs).mape, "%"})
              << '\n';
  }
}

/// Errors of the forecasts of a device that was left out. The times less their drift are no goal's: the drift
/// is known from the device's own rows.
void print_left_out(const Set& set, const measurement::Table& measured,
                    const std::vector<predictor::KernelForecast>& forecasts, const std::string& suffix) {
  std::vector<predictor::Pair> pairs;
  for (std::size_t i = 0; i < forecasts.size(); ++i)
    pairs.push_back({measured.kernels[i].time, forecasts[i].time, forecasts[i].low, forecasts[i].high});
  const predictor::ErrorSummary errors = predictor::summarise(pairs);
  const std::string key =
      fmt::format("public_data.left_out.{}.{}.path_model{}", set.name, measured.card.identity.name, suffix);
  const auto goal = suffix.empty() ? Figure::Goal::at_most : Figure::Goal::none;
  std::cout << report::result_line({key + ".mape", 100 * errors.mape, "%", goal, 20}) << '\n'
            << report::result_line({key + ".coverage", 100 * errors.coverage, "%",
                                    suffix.empty() ? Figure::Goal::at_least : Figure::Goal::none, 85})
            << '\n'
            << std::flush;
}

/// Trains on all devices but one and forecasts that one from its data sheet, for every device.
Status leave_devices_out(const Set& set, std::size_t most) {
  const auto file = studies::data_file(set.file);
  if (!file) return Done{};
  FORECOST_TRY(std::vector<measurement::Table> tables, studies::data_tables(*file, set.map));
  std::vector<measurement::Table> as_filed = tables;
  for (measurement::Table& table : tables) {
    if (set.drifts) {
      FORECOST_TRY(table, settled(std::move(table), std::string("left_out.") + set.name));
    }
  }
  for (std::size_t left = 0; left < tables.size(); ++left) print_wave_scaling(tables, left, set.name);
  for (measurement::Table& table : tables) thin(table, most);
  for (measurement::Table& table : as_filed) thin(table, most);
  for (std::size_t left = 0; left < tables.size(); ++left) {
    std::vector<measurement::Table> others;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if (i != left) others.push_back(tables[i]);
    }
    FORECOST_TRY(predictor::PathModel model, predictor::fit_path_model_across(others, {}));
    const device::Card& card = tables[left].card;
    const auto predictor = predictor::make_path_predictor(std::move(model), card);
    std::vector<layer::Kernel> kernels;
    for (const auto& row : tables[left].kernels) kernels.push_back(row.kernel);
    const auto forecasts = predictor->predict(*predictor->compile(kernels));
    print_left_out(set, as_filed[left], forecasts, "");
    if (set.drifts) print_left_out(set, tables[left], forecasts, "_less_drift");
  }
  return Done{};
}

}  // namespace

int main() {
  const std::vector<std::string> wanted = studies::listed(studies::setting("FORECOST_STUDY_SETS", ""));
  const std::size_t most = std::stoul(studies::setting("FORECOST_STUDY_ROWS", "1000"));
  std::cout << (most == 0 ? "all rows of a device\n"
                          : fmt::format("at most {} rows of a device (FORECOST_STUDY_ROWS)\n", most));
  for (const Set& set : sets) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), set.name) == wanted.end()) continue;
    const Status done = run(
        set, studies::listed(studies::setting("FORECOST_STUDY_FAMILIES", "path_model,neuralpower")), most);
    if (!done) {
      std::cerr << "error: " << set.name << ": " << to_string(done.error()) << '\n';
      return 1;
    }
  }
  for (const Set& set : sets) {
    if (std::string(set.name).rfind("neusight", 0) != 0) continue;
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), std::string("left_out_") + set.name) == wanted.end())
      continue;
    const Status done = leave_devices_out(set, most);
    if (!done) {
      std::cerr << "error: " << set.name << ": " << to_string(done.error()) << '\n';
      return 1;
    }
  }
  return 0;
}
