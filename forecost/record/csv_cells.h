// SPDX-License-Identifier: Apache-2.0
/// Lines of CSV files that people and other programs write (RFC 4180, one row per line).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forecost::record {

/// Cells of one line; a quoted cell may hold commas and doubles its quotes. A carriage return is dropped.
std::vector<std::string> csv_cells(std::string_view line);

/// Nothing unless the whole cell is one number; spaces around it are allowed.
std::optional<double> csv_number(std::string_view cell);

}  // namespace forecost::record
