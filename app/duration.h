// SPDX-License-Identifier: Apache-2.0
/// Durations as people type them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "forecost/quantity/quantity.h"

namespace forecost::app {

/// "90s", "10min", "1.5h"; a plain number is seconds. Empty for anything else, for zero and for less.
std::optional<Seconds> parse_duration(std::string_view text);
/// For CLI11: empty when `text` is a duration, else what is wrong.
std::string check_duration(const std::string& text);

}  // namespace forecost::app
