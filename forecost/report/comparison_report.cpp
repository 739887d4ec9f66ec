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
  if (row.energies.empty()) {
    values.insert(values.end(), {Value(), Value(), Value(), Value()});
  } else {
    const measurement::Energy& energy = row.energies.front();
    values.insert(values.end(), {energy.total, energy.power.value, energy.above_idle, energy.sensor});
  }
  if (row.predicted_energy) {
    const Value error = row.energies.empty() ? Value()
                                             : error_of(std::optional(row.predicted_energy->energy),
                                                        std::optional(row.energies.front().total));
    values.insert(values.end(), {row.predicted_energy->energy, error});
  } else {
    values.insert(values.end(), {Value(), Value()});
  }
  return values;
}

/// Every sensor's own figures: what they disagree on stays visible.
Table energy_table(const std::vector<Compared>& rows) {
  Table table{.key = "energies",
              .title = "Energy of one run",
              .columns = {{"network", "network"},
                          {"sensor", "sensor"},
                          {"scope", "of", Audience::everyone, 3},
                          {"energy_mj", "energy"},
                          {"standard_error", "error", Audience::everyone, 1},
                          {"energy_above_idle_mj", "above idle"},
                          {"above_idle_error_mj", "error", Audience::everyone, 2},
                          {"power_w", "power (W)"},
                          {"idle_before_w", "idle (W)", Audience::everyone, 2},
                          {"idle_after_w", "idle after", Audience::machines},
                          {"window_ms", "window", Audience::everyone, 4},
                          {"windows", "windows", Audience::everyone, 5},
                          {"runs", "runs", Audience::machines},
                          {"disagreement", "disagrees", Audience::everyone, 1}},
              .rows = {}};
  for (const Compared& row : rows) {
    for (const measurement::Energy& energy : row.energies) {
      const bool unknown = energy.declared || energy.standard_error <= 0;
      const Value error = unknown ? Value() : Value(Share{energy.standard_error});
      const Value above_error = unknown ? Value() : Value(energy.above_idle_error);
      const Value disagreement = energy.disagreement ? Value(SignedError{*energy.disagreement}) : Value();
      table.rows.push_back(
          {row.network, energy.sensor, energy.scope, energy.total, error, energy.above_idle, above_error,
           energy.power.value, energy.idle_before.value, energy.idle_after.value, energy.window,
           static_cast<std::int64_t>(energy.window_joules.size()), energy.runs, disagreement});
    }
  }
  return table;
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

Report comparison_report(const std::vector<Compared>& rows, std::vector<Warning> warnings,
                         const std::string& no_energy) {
  const bool compared =
      std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return row.predicted.has_value(); });
  const bool memory =
      std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return row.peak_memory.has_value(); });
  const bool energy =
      std::any_of(rows.begin(), rows.end(), [](const Compared& row) { return !row.energies.empty(); });
  const bool energies = std::any_of(rows.begin(), rows.end(),
                                    [](const Compared& row) { return row.predicted_energy.has_value(); });
  const Audience if_both_energies = energy && energies ? Audience::everyone : Audience::machines;
  const Audience if_energy = energy ? Audience::everyone : Audience::machines;
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
                          {"predicted_arena_bytes", "arena", Audience::machines},
                          {"energy_mj", "energy", if_energy},
                          {"power_w", "power (W)", if_energy, 2},
                          {"energy_above_idle_mj", "above idle", if_energy, 1},
                          {"energy_by", "energy by", if_energy},
                          {"predicted_energy_mj", "predicted", if_both_energies},
                          {"energy_error", "error", if_both_energies}},
              .rows = {}};
  for (const Compared& row : rows) table.rows.push_back(row_of(row));
  report.tables.push_back(std::move(table));
  if (energy) report.tables.push_back(energy_table(rows));
  add_summary(rows, report);
  if (!energy && !no_energy.empty()) report.facts.push_back({"energy", "energy:", no_energy});
  return report;
}

}  // namespace forecost::report
