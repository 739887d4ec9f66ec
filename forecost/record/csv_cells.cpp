// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/csv_cells.h"

#include <charconv>

namespace forecost::record {

std::vector<std::string> csv_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

std::optional<double> csv_number(std::string_view cell) {
  const auto first = cell.find_first_not_of(' ');
  if (first == std::string_view::npos) return std::nullopt;
  cell = cell.substr(first, cell.find_last_not_of(' ') - first + 1);
  double value = 0;
  const char* end = cell.data() + cell.size();
  const auto [rest, fault] = std::from_chars(cell.data(), end, value);
  if (fault != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace forecost::record
