// SPDX-License-Identifier: Apache-2.0
/// Whole CSV files as people and other programs write them (RFC 4180), plain or gzipped: a heading, rows of
/// as many cells, and the place of every cell for errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"

namespace forecost::record {

struct CsvOptions {
  char separator = ',';
  std::size_t longest_cell = std::size_t{1} << 16;  ///< bytes; more is a missing quote, not a cell
};

class CsvTable {
 public:
  /// The first row is the heading; a quoted cell may hold separators, doubled quotes and line ends; empty
  /// lines and a byte order mark are passed over. `name`: what errors call the file.
  /// Fails: `bad_input` with line and column: no heading, a column without a name or named twice, a row with
  /// more or fewer cells, a quote that is never closed or followed by text, a cell beyond the limit, a NUL.
  /// O(size).
  static Result<CsvTable> parse(std::string_view text, const std::string& name,
                                const CsvOptions& options = {});

  const std::vector<std::string>& columns() const { return columns_; }
  std::optional<std::size_t> find(std::string_view column) const;
  std::size_t rows() const { return lines_.size(); }
  const std::string& cell(std::size_t row, std::size_t column) const {
    return cells_[row * columns_.size() + column];
  }
  /// "file.csv:12 (latency_ms)": line of the row and, where one is given, the name of the column.
  std::string place(std::size_t row, std::optional<std::size_t> column = std::nullopt) const;
  std::size_t line(std::size_t row) const { return lines_[row]; }

 private:
  std::string name_;
  std::vector<std::string> columns_;
  std::vector<std::string> cells_;  ///< row by row
  std::vector<std::size_t> lines_;  ///< of each row, the first line is 1
};

/// The bytes themselves, or what they hold when they are gzipped.
/// Fails: `bad_input` for a damaged archive, `exhausted` for one that holds more than `most` bytes.
Result<std::string> unpacked(std::string bytes, const std::string& name,
                             std::size_t most = std::size_t{1} << 30);

/// CRC-32 as in gzip and zip: tells a changed file from the one that was read, and no more.
std::uint32_t checksum(std::string_view bytes);

}  // namespace forecost::record
