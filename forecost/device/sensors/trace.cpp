// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "forecost/device/power_trace.h"
#include "forecost/device/sensor.h"

namespace forecost::device::sensors {
namespace {

constexpr const char* usage = "--sensor trace:FILE.csv[,clock=unix|marker][,time=COLUMN][,power=COLUMN]";
constexpr Seconds patience{10};  // for a meter that writes late
constexpr Seconds pause{0.2};

struct Options {
  std::filesystem::path file;
  TraceColumns columns;
  bool marker = false;
};

class Trace final : public Sensor {
 public:
  Trace(const System& system, Options options, const PowerTrace& so_far)
      : system_(system), options_(std::move(options)) {
    facts_ = {.name = "trace", .reads = Reads::power, .scope = "machine"};
    facts_.channels = {{options_.file.filename().string(), true}};
    facts_.period = so_far.period();
    facts_.keeps_log = true;
    facts_.wants_marker = options_.marker;
  }

  const SensorFacts& facts() const override { return facts_; }
  void marked(Seconds began) override { began_ = began; }

  /// The newest sample. Before the marker is found its time is not known: it is now.
  Result<Reading> read() override {
    FORECOST_TRY(const PowerTrace trace, recorded());
    const double watts = trace.watts.back();
    const Seconds time = options_.marker ? system_.now() : Seconds(trace.seconds.back()) - clock_ahead();
    return Reading{.time = time, .took = unsure(), .total = watts, .parts = {watts}};
  }

  Result<std::vector<Reading>> log(Seconds from, Seconds to) override {
    const Seconds begin = system_.now();
    for (;;) {
      FORECOST_TRY(const PowerTrace trace, recorded());
      FORECOST_TRY(const Seconds ahead, ahead_of(trace));
      if (Seconds(trace.seconds.back()) - ahead >= to) return part_of(trace, ahead, from, to);
      if (system_.now() - begin > patience) {
        return Error{
            Fault::exhausted, "the trace ends before the measurement", options_.file.string(),
            "let the meter write while Forecost measures, and check its clock (clock=marker needs none)"};
      }
      system_.sleep(pause);
    }
  }

 private:
  Result<PowerTrace> recorded() const {
    FORECOST_TRY(const std::string text, system_.read_text(options_.file));
    return parse_trace(text, options_.file.string(), options_.columns);
  }

  Seconds unsure() const { return options_.marker ? marker_pulse * 0.1 : Seconds(0); }
  Seconds clock_ahead() const { return system_.wall_clock() - system_.now(); }

  /// What to subtract from the meter's time.
  Result<Seconds> ahead_of(const PowerTrace& trace) {
    if (!options_.marker) return clock_ahead();
    if (!began_) {
      return Error{Fault::failed, "no marker was emitted", options_.file.string(), "measure with clock=unix"};
    }
    if (!ahead_) {
      FORECOST_TRY(const Seconds found, find_marker(trace, options_.file.string()));
      ahead_ = found - *began_;
    }
    return *ahead_;
  }

  Result<std::vector<Reading>> part_of(const PowerTrace& trace, Seconds ahead, Seconds from,
                                       Seconds to) const {
    const auto& at = trace.seconds;
    const auto after = std::upper_bound(at.begin(), at.end(), (from + ahead).value);
    if (after == at.begin()) {
      return Error{Fault::exhausted, "the trace begins after the measurement", options_.file.string(),
                   "start the meter first"};
    }
    std::vector<Reading> readings;
    for (auto i = static_cast<std::size_t>(after - at.begin()) - 1; i < at.size(); ++i) {
      const double watts = trace.watts[i];
      readings.push_back(
          {.time = Seconds(at[i]) - ahead, .took = unsure(), .total = watts, .parts = {watts}});
      if (readings.back().time >= to) break;
    }
    return readings;
  }

  const System& system_;
  Options options_;
  SensorFacts facts_;
  std::optional<Seconds> began_;
  std::optional<Seconds> ahead_;
};

Result<Options> options_in(const std::string& argument) {
  Options options;
  std::size_t begin = 0;
  while (begin <= argument.size()) {
    const std::size_t end = std::min(argument.find(',', begin), argument.size());
    const std::string part = argument.substr(begin, end - begin);
    if (begin == 0) {
      options.file = part;
    } else if (part.starts_with("time=")) {
      options.columns.time = part.substr(5);
    } else if (part.starts_with("power=")) {
      options.columns.power = part.substr(6);
    } else if (part == "clock=marker" || part == "clock=unix") {
      options.marker = part == "clock=marker";
    } else {
      return Error{Fault::bad_input, fmt::format("'{}' is no option of a trace", part), argument, usage};
    }
    begin = end + 1;
  }
  return options;
}

Result<std::unique_ptr<Sensor>> open(const System& system, const std::string& argument) {
  if (argument.empty()) return Error{Fault::not_found, "no file of a power meter was named", "", usage};
  FORECOST_TRY(Options options, options_in(argument));
  FORECOST_TRY(const std::string text, system.read_text(options.file));
  FORECOST_TRY(const PowerTrace so_far, parse_trace(text, options.file.string(), options.columns));
  return std::unique_ptr<Sensor>(std::make_unique<Trace>(system, std::move(options), so_far));
}

}  // namespace

SensorCard trace() {
  return {.name = "trace",
          .summary = "the CSV file of a power meter, aligned by its clock or by marker pulses",
          .arguments = {""},
          .open = open};
}

}  // namespace forecost::device::sensors
