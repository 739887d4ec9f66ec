// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/comparison_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace forecost::report {
namespace {

template <typename Quantity>
Value error_of(const std::optional<Quantity>& predicted, const std::optional<Quantity>& measured) {
  if (!predicted || !measured || measured->value <= 0) return {};
  return SignedError{*predicted / *measured - 1};
}

template <typename Quantity>
Value value_or_nothing(const std::optional<Quantity>& quantity) {
  return quantity ? Value(*quantity) : Value();
}

std::vector<Value> row_of(const Compared& row) {
  std::vector<Value> values{
      row.network, row.device,  row.batch,         static_cast<std::int64_t>(row.threads),
      row.median,  row.minimum, Share{row.spread}, row.samples};
  if (row.predicted) {
    const predictor::TotalForecast& forecast = *row.predicted;
    values.insert(values.end(), {forecast.time, forecast.low, forecast.high,
                                 to_text(forecast.low) + " .. " + to_text(forecast.high),
                                 error_of(std::optional(forecast.time), std::optional(row.median)),
                                 forecast.low <= row.median && row.median <= forecast.high});
  } else {
    values.insert(values.end(), {Value(), Value(), Value(), Value(), Value(), Value()});
  }
  values.insert(values.end(), {value_or_nothing(row.peak_memory), value_or_nothing(row.predicted_memory),
                               error_of(row.predicted_memory, row.peak_memory), value_or_nothing(row.arena),
                               value_or_nothing(row.predicted_arena)});
  return values;
}

void add_summary(const std::vector<Compared>& rows, Report& report) {
  double sum = 0;
  std::int64_t within_10 = 0;
  std::int64_t inside = 0;
  std::int64_t count = 0;
  for (const Compared& row : rows) {
    if (!row.predicted || row.median.value <= 0) continue;
    const double error = std::abs(row.predicted->time / row.median - 1);
    sum += error;
    within_10 += error <= 0.10 ? 1 : 0;
    inside += row.predicted->low <= row.median && row.median <= row.predicted->high ? 1 : 0;
    ++count;
  }
  if (count < 2) return;
  const auto part = [&](std::int64_t n) {
    return Share{static_cast<double>(n) / static_cast<double>(count)};
  };
  report.facts.push_back({"mape", "mean absolute error", Share{sum / static_cast<double>(count)}});
  report.facts.push_back({"within_10", "within 10 %", part(within_10), Audience::everyone,
                          fmt::format("{} of {}", within_10, count)});
  report.facts.push_back({"coverage", "inside the 90 % interval", part(inside), Audience::everyone,
                          fmt::format("{} of {}", inside, count)});
}

}  // namespace

Report comparison_report(const std::vector<Compared>& rows, std::vector<Warning> warnings) {
  const bool compared =
      std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return row.predicted.has_value(); });
  const bool memory =
      std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return row.peak_memory.has_value(); });
  const Audience if_compared = compared ? Audience::everyone : Audience::machines;
  const Audience if_memory = memory ? Audience::everyone : Audience::machines;
  const Audience if_both = memory && compared ? Audience::everyone : Audience::machines;
  Report report{.kind = "forecost.comparison",
                .version = 1,
                .title = compared ? "Predicted against measured" : "Measured",
                .facts = {},
                .tables = {},
                .warnings = std::move(warnings),
                .csv_table = "networks"};
  Table table{.key = "networks",
              .title = "",
              .columns = {{"network", "network"},
                          {"device", "device", Audience::everyone, 4},
                          {"batch", "batch", Audience::everyone, 3},
                          {"threads", "threads", Audience::everyone, 5},
                          {"measured_ms", "measured"},
                          {"minimum_ms", "minimum", Audience::everyone, 6},
                          {"spread", "spread", Audience::everyone, 6},
                          {"samples", "runs", Audience::everyone, 7},
                          {"predicted_ms", "predicted", if_compared},
                          {"low_ms", "low", Audience::machines},
                          {"high_ms", "high", Audience::machines},
                          {"interval", "90 % interval", compared ? Audience::people : Audience::machines, 1},
                          {"error", "error", if_compared},
                          {"inside", "inside", if_compared, 2},
                          {"peak_memory_bytes", "memory", if_memory, 2},
                          {"predicted_memory_bytes", "predicted", if_both, 3},
                          {"memory_error", "error", if_both, 3},
                          {"arena_bytes", "arena", Audience::machines},
                          {"predicted_arena_bytes", "arena", Audience::machines}},
              .rows = {}};
  for (const Compared& row : rows) table.rows.push_back(row_of(row));
  report.tables.push_back(std::move(table));
  add_summary(rows, report);
  return report;
}

}  // namespace forecost::report
