// SPDX-License-Identifier: Apache-2.0
/// What a power meter wrote: times on its own clock and watts, and the marker pulses by which that clock is
/// found.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

/// Load (true) and rest by turns, each for `marker_pulse`: the Barker code of 13, which looks like itself at
/// one place only (Barker 1953).
inline constexpr std::array<bool, 13> marker{true, true, true,  true, true,  false, false,
                                             true, true, false, true, false, true};
inline constexpr Seconds marker_pulse{0.5};

struct PowerTrace {
  std::vector<double> seconds;  ///< on the meter's clock, rising
  std::vector<double> watts;

  /// Median time between samples; 0 with fewer than two.
  Seconds period() const;
};

struct TraceColumns {
  std::string time;   ///< empty: time_s, time, timestamp, unix_time, seconds or time_ms
  std::string power;  ///< empty: power_w, power, watts, w or power_mw
};

/// CSV with a heading; a name that ends in "_ms" or "_mw" is in thousandths. A last line without its end is
/// left for later: the meter is writing it. Fails: `bad_input` with line and column: no such column, no
/// number, a time that does not rise, no sample.
Result<PowerTrace> parse_trace(std::string_view text, const std::string& name,
                               const TraceColumns& columns = {});

/// When the first pulse began, on the meter's clock, to a twentieth of a pulse or the distance of samples.
/// Fails: `not_found` where no place looks like the marker (correlation of at least 0.8 over its pulses);
/// `bad_input` where two do.
Result<Seconds> find_marker(const PowerTrace& trace, const std::string& name);

}  // namespace forecost::device
