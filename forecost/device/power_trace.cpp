// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/power_trace.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "forecost/device/sensor.h"
#include "forecost/numeric/statistics.h"
#include "forecost/record/csv_table.h"

namespace forecost::device {
namespace {

constexpr std::array<const char*, 6> time_names{"time_s",    "time",    "timestamp",
                                                "unix_time", "seconds", "time_ms"};
constexpr std::array<const char*, 5> power_names{"power_w", "power", "watts", "w", "power_mw"};
constexpr double steps_per_pulse = 20;
constexpr double least_likeness = 0.8;
constexpr double rival_share = 0.8;  // of the best strength: another marker, not a slope of the first

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

template <std::size_t N>
Result<std::size_t> column_of(const record::CsvTable& table, const std::string& wanted,
                              const std::array<const char*, N>& names, const std::string& file) {
  for (std::size_t c = 0; c < table.columns().size(); ++c) {
    const std::string column = lower(table.columns()[c]);
    const bool known = std::find(names.begin(), names.end(), column) != names.end();
    if (wanted.empty() ? known : table.columns()[c] == wanted) return c;
  }
  return Error{Fault::bad_input,
               wanted.empty() ? fmt::format("no column is called {}", fmt::join(names, " or "))
                              : fmt::format("no column is called '{}'", wanted),
               file,
               fmt::format("name one of {}, as trace:FILE,time=COLUMN,power=COLUMN",
                           fmt::join(table.columns(), ", "))};
}

double scale_of(const std::string& column) {
  const std::string name = lower(column);
  return name.ends_with("_ms") || name.ends_with("_mw") ? 1e-3 : 1;
}

/// Mean power between two times, from sums of trapezoids.
class Means {
 public:
  explicit Means(const PowerTrace& trace) : trace_(trace), sums_(trace.seconds.size(), 0) {
    for (std::size_t i = 1; i < sums_.size(); ++i) {
      const double width = trace.seconds[i] - trace.seconds[i - 1];
      sums_[i] = sums_[i - 1] + 0.5 * width * (trace.watts[i] + trace.watts[i - 1]);
    }
  }
  double between(double from, double to) const { return (sum(to) - sum(from)) / (to - from); }

 private:
  double sum(double time) const {
    const auto& at = trace_.seconds;
    const auto next = std::upper_bound(at.begin() + 1, at.end() - 1, time);
    const auto i = static_cast<std::size_t>(next - at.begin());
    const double share = (time - at[i - 1]) / (at[i] - at[i - 1]);
    const double here = trace_.watts[i - 1] + share * (trace_.watts[i] - trace_.watts[i - 1]);
    return sums_[i - 1] + 0.5 * (time - at[i - 1]) * (trace_.watts[i - 1] + here);
  }
  const PowerTrace& trace_;
  std::vector<double> sums_;
};

/// How far the mean power of the loaded pulses lies above that of the others, and how alike both are.
struct Likeness {
  double strength = 0;
  double correlation = 0;
};

Likeness likeness_at(const Means& means, double start) {
  const double width = marker_pulse.value;
  const auto count = static_cast<double>(marker.size());
  std::array<double, marker.size()> watts{};
  double sum = 0, loaded = 0;
  for (std::size_t i = 0; i < marker.size(); ++i) {
    const double from = start + static_cast<double>(i) * width;
    watts[i] = means.between(from, from + width);
    sum += watts[i];
    loaded += marker[i] ? 1 : 0;
  }
  double covariance = 0, power = 0, code = 0;
  for (std::size_t i = 0; i < marker.size(); ++i) {
    const double bit = (marker[i] ? 1.0 : 0.0) - loaded / count;
    const double watt = watts[i] - sum / count;
    covariance += bit * watt;
    power += watt * watt;
    code += bit * bit;
  }
  return {covariance, power > 0 ? covariance / std::sqrt(power * code) : 0};
}

}  // namespace

Seconds PowerTrace::period() const {
  if (seconds.size() < 2) return Seconds(0);
  std::vector<double> steps;
  for (std::size_t i = 1; i < seconds.size(); ++i) steps.push_back(seconds[i] - seconds[i - 1]);
  return Seconds(numeric::median(std::move(steps)));
}

Result<PowerTrace> parse_trace(std::string_view text, const std::string& name, const TraceColumns& columns) {
  text = text.substr(0, text.rfind('\n') + 1);  // all of it where there is no line: nothing
  FORECOST_TRY(const record::CsvTable table, record::CsvTable::parse(text, name));
  FORECOST_TRY(const std::size_t time, column_of(table, columns.time, time_names, name));
  FORECOST_TRY(const std::size_t power, column_of(table, columns.power, power_names, name));
  const double second = scale_of(table.columns()[time]);
  const double watt = scale_of(table.columns()[power]);
  PowerTrace trace;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    FORECOST_TRY(const double seconds, number_in(table.cell(row, time), table.place(row, time)));
    FORECOST_TRY(const double watts, number_in(table.cell(row, power), table.place(row, power)));
    if (!trace.seconds.empty() && seconds * second <= trace.seconds.back()) {
      return Error{Fault::bad_input, "the time does not rise", table.place(row, time),
                   "start a new file for each recording"};
    }
    trace.seconds.push_back(seconds * second);
    trace.watts.push_back(watts * watt);
  }
  if (trace.seconds.empty()) {
    return Error{Fault::bad_input, "the trace has no samples", name, "let the meter record before measuring"};
  }
  return trace;
}

Result<Seconds> find_marker(const PowerTrace& trace, const std::string& name) {
  const Error absent{Fault::not_found, "the marker pulses are not in the trace", name,
                     "let the meter record from before the measurement, faster than 4 samples a second"};
  const double width = marker_pulse.value * static_cast<double>(marker.size());
  if (trace.seconds.size() < 2 || trace.seconds.back() - trace.seconds.front() < width) return absent;
  const Means means(trace);
  const double step = marker_pulse.value / steps_per_pulse;
  std::vector<std::pair<double, double>> strengths;  // start, strength
  std::optional<std::pair<double, double>> best;
  for (double start = trace.seconds.front(); start + width <= trace.seconds.back(); start += step) {
    const Likeness likeness = likeness_at(means, start);
    if (likeness.correlation < least_likeness) continue;
    strengths.emplace_back(start, likeness.strength);
    if (!best || likeness.strength > best->second) best = strengths.back();
  }
  if (!best) return absent;
  for (const auto& [start, strength] : strengths) {
    const bool apart = std::abs(start - best->first) > marker_pulse.value;
    if (!apart || strength < rival_share * best->second) continue;
    return Error{Fault::bad_input, "the marker pulses are in the trace twice", name,
                 "start a new file for each measurement"};
  }
  return Seconds(best->first);
}

}  // namespace forecost::device
