// SPDX-License-Identifier: Apache-2.0
// NeuralPower's recipe for convolutions on public measurements, 10 folds by configuration: as published
// (absolute error) and with relative weights, runtime and, where it was measured, power and energy. The
// figures beside ours were computed with another implementation of the same recipe. A few rows decide the
// RMSPE of the published recipe on neurstruc, and with it the folds do: the median over the folds of
// FORECOST_STUDY_SEEDS seeds (5) is printed too.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/validation.h"
#include "forecost/report/figure.h"
#include "known_data.h"
#include "settings.h"

namespace {

using namespace forecost;
using predictor::ErrorSummary;

constexpr int folds = 10;

struct Reference {
  double published;  ///< RMSPE, %
  double weighted;
};

void print(const std::string& key, const ErrorSummary& errors, double beside) {
  std::cout << fmt::format(
                   "{:<40} RMSPE {:5.1f} % (beside: {:.1f} %)  MAPE {:5.1f} %  within 10 % {:4.1f} %\n", key,
                   100 * errors.rmspe, beside, 100 * errors.mape, 100 * errors.within_10)
            << report::result_line({key + ".rmspe", 100 * errors.rmspe, "%"}) << '\n';
}

/// Runtime error of a family over the folds of several seeds.
Status print_over_seeds(const measurement::Table& table, const std::string& family, const std::string& key) {
  const int seeds = std::stoi(studies::setting("FORECOST_STUDY_SEEDS", "5"));
  std::vector<double> errors;
  for (int seed = 1; seed <= seeds; ++seed) {
    FORECOST_TRY(const predictor::Validation validation,
                 predictor::cross_validate(*predictor::find_family(family), table, folds,
                                           {.seed = static_cast<std::uint64_t>(seed)}));
    errors.push_back(100 * validation.kernels.rmspe);
  }
  const auto [least, most] = std::minmax_element(errors.begin(), errors.end());
  std::cout << fmt::format("{}: RMSPE from {:.1f} to {:.1f} % over {} seeds\n", key, *least, *most, seeds)
            << report::result_line({key + ".rmspe.median_of_seeds", numeric::median(errors), "%"}) << '\n';
  return Done{};
}

Status run(const measurement::Table& table, const std::string& name, const Reference& beside, double power) {
  for (const char* family : {"neuralpower_published", "neuralpower"}) {
    FORECOST_TRY(const predictor::Validation validation,
                 predictor::cross_validate(*predictor::find_family(family), table, folds));
    const std::string key = fmt::format("neuralpower.{}.{}", name, family);
    const bool published = std::string(family) != "neuralpower";
    print(key, validation.kernels, published ? beside.published : beside.weighted);
    if (validation.power.count > 0) print(key + ".power", validation.power, power);
    if (validation.energy.count > 0)
      std::cout << report::result_line({key + ".energy.rmspe", 100 * validation.energy.rmspe, "%"}) << '\n';
    if (name != "neurstruc") continue;
    FORECOST_TRY([[maybe_unused]] const Done printed, print_over_seeds(table, family, key));
    FORECOST_TRY(const auto whole, predictor::find_family(family)->fit(table, {}));
    std::map<std::string, int> sizes;
    for (const predictor::ReadableTerm& term : whole->terms()) {
      ++sizes[term.target];
      std::cout << fmt::format("  {} {} {:+.4g} x {}\n", family, term.target, term.coefficient, term.term);
    }
    for (const auto& size : sizes) {
      std::cout << report::result_line({fmt::format("{}.{}.terms", key, size.first),
                                        static_cast<double>(size.second), "terms"})
                << '\n';
    }
  }
  return Done{};
}

Status run_set(const std::string& file_name, const std::string& map,
               const std::map<std::string, Reference>& beside, double power) {
  const auto file = studies::data_file(file_name);
  if (!file) {
    std::cout << report::absent_line("neuralpower." + map, file_name + " is not in the data folder") << '\n';
    return Done{};
  }
  FORECOST_TRY(const auto tables, studies::data_tables(*file, map));
  for (const measurement::Table& table : tables) {
    const std::string& name = table.card.identity.name;
    const auto found = beside.find(name);
    FORECOST_TRY([[maybe_unused]] const Done done,
                 run(table, name, found == beside.end() ? Reference{0, 0} : found->second, power));
  }
  return Done{};
}

}  // namespace

int main() {
  Status done = run_set("neurstruc/conv2d.txt", "neurstruc", {{"neurstruc", {89.6, 31.9}}}, 13.9);
  if (done) {
    done = run_set("neusight/conv2d_fp32.csv.gz", "neusight_conv",
                   {{"v100", {27.7, 21.6}},
                    {"a100-80", {32.8, 25.8}},
                    {"p100", {39.4, 27.6}},
                    {"t4", {35.8, 22.3}},
                    {"p4", {40.0, 24.4}}},
                   0);
  }
  if (done) return 0;
  std::cerr << "error: " << to_string(done.error()) << '\n';
  return 1;
}
