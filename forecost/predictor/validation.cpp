// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/validation.h"

#include <cmath>

#include "forecost/numeric/statistics.h"
#include "forecost/predictor/features.h"
#include "forecost/predictor/folds.h"

namespace forecost::predictor {

ErrorSummary summarise(const std::vector<Pair>& pairs) {
  std::vector<NumberPair> numbers;
  numbers.reserve(pairs.size());
  for (const Pair& pair : pairs)
    numbers.push_back({pair.measured.value, pair.predicted.value, pair.low.value, pair.high.value});
  return summarise(numbers);
}

ErrorSummary summarise(const std::vector<NumberPair>& pairs) {
  ErrorSummary summary;
  std::vector<double> errors;
  std::vector<double> measured;
  std::vector<double> predicted;
  double squares = 0;
  double total_measured = 0;
  double total_predicted = 0;
  double total_error = 0;
  int covered = 0;
  int within_5 = 0;
  int within_10 = 0;
  for (const NumberPair& pair : pairs) {
    if (!(pair.measured > 0)) continue;
    const double error = std::abs(pair.predicted / pair.measured - 1);
    errors.push_back(error);
    measured.push_back(pair.measured);
    predicted.push_back(pair.predicted);
    squares += error * error;
    total_measured += pair.measured;
    total_predicted += pair.predicted;
    total_error += error * pair.measured;
    if (pair.low <= pair.measured && pair.measured <= pair.high) ++covered;
    if (error <= 0.05) ++within_5;
    if (error <= 0.10) ++within_10;
  }
  if (errors.empty()) return summary;
  const auto count = static_cast<double>(errors.size());
  summary.count = static_cast<int>(errors.size());
  summary.mape = numeric::mean(errors);
  summary.weighted_mape = total_error / total_measured;
  summary.rmspe = std::sqrt(squares / count);
  summary.within_5 = within_5 / count;
  summary.within_10 = within_10 / count;
  summary.spearman = numeric::spearman(measured, predicted);
  summary.bias = total_predicted / total_measured - 1;
  summary.coverage = covered / count;
  summary.median = numeric::median(std::move(errors));
  return summary;
}

Result<Validation> cross_validate(const Family& family, const measurement::Table& given, int folds,
                                  const FitOptions& options) {
  const measurement::Table table = canonical(given);
  const Folds dealt = deal(groups_of(table), folds, options.seed + 1);
  if (folds < 2 || dealt.size() < 2) {
    return Error{Fault::bad_input, "cross-validation needs at least two folds and two groups",
                 table.card.identity.name, "measure more networks: forecost calibrate --budget"};
  }
  Validation validation{.family = std::string(family.name),
                        .folds = 0,
                        .kernels = {},
                        .networks = {},
                        .by_path = {},
                        .power = {},
                        .energy = {}};
  std::vector<Pair> kernels;
  std::vector<Pair> networks;
  std::map<std::string, std::vector<Pair>> by_path;
  std::vector<NumberPair> power;
  std::vector<NumberPair> energy;
  for (int fold = 0; fold < folds; ++fold) {
    const Split parts = split(table, dealt, fold);
    if (parts.held_out.kernels.empty() && parts.held_out.networks.empty()) continue;
    FORECOST_TRY(const std::unique_ptr<Predictor> predictor, family.fit(parts.training, options));
    ++validation.folds;
    std::vector<layer::Kernel> held_out;
    for (const auto& row : parts.held_out.kernels) held_out.push_back(row.kernel);
    const std::vector<KernelForecast> forecasts = predictor->predict(*predictor->compile(held_out));
    for (std::size_t i = 0; i < forecasts.size(); ++i) {
      const Pair pair{parts.held_out.kernels[i].time, forecasts[i].time, forecasts[i].low, forecasts[i].high};
      kernels.push_back(pair);
      by_path[held_out[i].path].push_back(pair);
      const auto& joules = parts.held_out.kernels[i].energy;
      if (!joules || !forecasts[i].power || !(pair.measured.value > 0)) continue;
      const double watts = forecasts[i].power->value;
      power.push_back({joules->value / pair.measured.value, watts, watts, watts});
      energy.push_back(
          {joules->value, watts * pair.predicted.value, watts * pair.low.value, watts * pair.high.value});
    }
    for (const auto& row : parts.held_out.networks) {
      const TotalForecast total = predictor->predict_total(*predictor->compile(row.kernels));
      networks.push_back({row.time, total.time, total.low, total.high});
    }
  }
  validation.kernels = summarise(kernels);
  validation.networks = summarise(networks);
  validation.power = summarise(power);
  validation.energy = summarise(energy);
  for (const auto& [path, pairs] : by_path) validation.by_path[path] = summarise(pairs);
  return validation;
}

}  // namespace forecost::predictor
