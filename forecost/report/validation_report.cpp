// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/validation_report.h"

#include <fmt/format.h>

namespace forecost::report {
namespace {

using predictor::ErrorSummary;

/// Columns after the leading ones; `values_of` fills them.
std::vector<Column> error_columns() {
  return {{"count", "count"},
          {"mape", "mean error"},
          {"weighted_mape", "by time", Audience::everyone, 2},
          {"median", "median", Audience::everyone, 3},
          {"rmspe", "RMSPE", Audience::everyone, 5},
          {"within_5", "within 5 %", Audience::everyone, 3},
          {"within_10", "within 10 %", Audience::everyone, 1},
          {"bias", "bias", Audience::everyone, 2},
          {"spearman", "rank corr.", Audience::everyone, 4},
          {"coverage", "coverage", Audience::everyone, 1}};
}

void append(std::vector<Value>& row, const ErrorSummary& summary) {
  row.insert(row.end(),
             {static_cast<std::int64_t>(summary.count), Share{summary.mape}, Share{summary.weighted_mape},
              Share{summary.median}, Share{summary.rmspe}, Share{summary.within_5}, Share{summary.within_10},
              SignedError{summary.bias}, summary.spearman, Share{summary.coverage}});
}

Table table_of(std::string key, std::string title, std::vector<Column> leading) {
  for (Column& column : error_columns()) leading.push_back(std::move(column));
  return {.key = std::move(key), .title = std::move(title), .columns = std::move(leading), .rows = {}};
}

}  // namespace

Report validation_report(const std::string& device, const std::vector<predictor::Validation>& validations) {
  FORECOST_EXPECTS(!validations.empty(), "a validation report needs at least one validation");
  const predictor::Validation& chosen = validations.front();
  Report report{.kind = "forecost.validation",
                .version = 1,
                .title = "Cross-validation on " + device,
                .facts = {},
                .tables = {},
                .warnings = {},
                .csv_table = "families"};
  report.facts = {{"device", "device", device},
                  {"family", "predictor", chosen.family},
                  {"folds", "folds", static_cast<std::int64_t>(chosen.folds)}};
  Table families =
      table_of("families", "Errors on networks that were left out", {{"family", "family"}, {"of", "of"}});
  for (const predictor::Validation& validation : validations) {
    if (validation.networks.count > 0) {  // imported measurements are of single layers
      std::vector<Value> networks{validation.family, std::string("networks")};
      append(networks, validation.networks);
      families.rows.push_back(std::move(networks));
    }
    std::vector<Value> kernels{validation.family, std::string("kernels")};
    append(kernels, validation.kernels);
    families.rows.push_back(std::move(kernels));
    if (validation.power.count == 0) continue;
    std::vector<Value> power{validation.family, std::string("power")};
    append(power, validation.power);
    power.back() = Value();  // power has no interval of its own
    families.rows.push_back(std::move(power));
    std::vector<Value> energy{validation.family, std::string("energy")};
    append(energy, validation.energy);
    families.rows.push_back(std::move(energy));
  }
  Table paths = table_of("paths", fmt::format("Kernels of {} by path", chosen.family), {{"path", "path"}});
  for (const auto& [path, summary] : chosen.by_path) {
    std::vector<Value> row{path};
    append(row, summary);
    paths.rows.push_back(std::move(row));
  }
  report.tables = {std::move(families), std::move(paths)};
  return report;
}

}  // namespace forecost::report
