// SPDX-License-Identifier: Apache-2.0
/// One value of a report, with the text that people read and the number that machines read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "forecost/quantity/quantity.h"

namespace forecost::report {

/// A part of a whole, as a fraction: 0.125 reads "12.5 %".
struct Share {
  double value = 0;
};

/// A relative error with its sign, as a fraction: 0.031 reads "+3.1 %".
struct SignedError {
  double value = 0;
};

/// Nothing where a value is absent. For machines seconds become milliseconds and joules millijoules (the key
/// says so), bytes and counts integers, shares and errors plain fractions.
using Value = std::variant<std::monostate, std::string, bool, std::int64_t, double, Seconds, Joules, Bytes,
                           Macs, Operations, Share, SignedError, std::vector<std::string>>;

/// Short text for people; "-" for an absent value, lists joined with " + ". Control characters become "?", so
/// that names from a hostile file cannot drive a terminal.
std::string to_text(const Value& value);

/// Text for CSV: full precision, no unit, empty for an absent value, lists joined with ";".
std::string to_plain(const Value& value);

/// Numbers stand at the right of a column.
bool is_number(const Value& value);

/// Characters a terminal shows for UTF-8 text, one column per code point.
std::size_t width_of(std::string_view text);

/// The text in at most `width` columns, its middle replaced by "~" when it is longer.
std::string elided(std::string_view text, std::size_t width);

}  // namespace forecost::report
