// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/csv_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zlib.h>

namespace forecost::record {
namespace {

/// Walks the text cell by cell and knows where it is.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& name, const CsvOptions& options)
      : text_(text), name_(name), options_(options) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text_.substr(0, mark.size()) == mark) at_ = mark.size();
    line_begin_ = at_;
  }

  bool ended() const { return at_ >= text_.size(); }
  std::size_t line() const { return line_; }

  /// The cells of one row; none for an empty line.
  Result<std::vector<std::string>> row() {
    std::vector<std::string> cells;
    if (take_line_end()) return cells;
    while (true) {
      std::string cell;
      FORECOST_TRY([[maybe_unused]] const Done read, read_cell(cell));
      cells.push_back(std::move(cell));
      if (ended() || take_line_end()) return cells;
      ++at_;  // the separator
    }
  }

  Error wrong(std::string what, std::string hint) const {
    return {Fault::bad_input, std::move(what), fmt::format("{}:{}:{}", name_, line_, at_ - line_begin_ + 1),
            std::move(hint)};
  }

 private:
  bool take_line_end() {
    if (ended()) return false;
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    if (text_[at_] != '\n') return false;
    new_line();
    return true;
  }

  void new_line() {
    ++at_;
    ++line_;
    line_begin_ = at_;
  }

  Status grow(std::string& cell, char c) const {
    if (c == '\0') return wrong("the file holds a NUL byte", "it is no text; name the CSV file");
    if (cell.size() >= options_.longest_cell) {
      return wrong(fmt::format("a cell is longer than {} bytes", options_.longest_cell),
                   "a quote may be missing before it");
    }
    cell += c;
    return Done{};
  }

  Status read_cell(std::string& cell) {
    if (!ended() && text_[at_] == '"') return read_quoted(cell);
    while (!ended() && text_[at_] != options_.separator && text_[at_] != '\n') {
      if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') break;
      FORECOST_TRY([[maybe_unused]] const Done grown, grow(cell, text_[at_]));
      ++at_;
    }
    return Done{};
  }

  Status read_quoted(std::string& cell) {
    const Error open = wrong("a quoted cell never ends", "close the quote");
    ++at_;
    while (!ended()) {
      const char c = text_[at_];
      if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
      } else if (c == '"') {
        ++at_;
        const bool over = ended() || text_[at_] == options_.separator || text_[at_] == '\n' ||
                          text_.substr(at_, 2) == "\r\n";
        if (over) return Done{};
        return wrong("text follows a closing quote", "double the quotes inside of a quoted cell");
      }
      FORECOST_TRY([[maybe_unused]] const Done grown, grow(cell, c));
      if (c == '\n') {
        new_line();
      } else {
        ++at_;
      }
    }
    return open;
  }

  std::string_view text_;
  const std::string& name_;
  const CsvOptions& options_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t line_begin_ = 0;
};

Status check_heading(const std::vector<std::string>& columns, const std::string& name) {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].empty()) {
      return Error{Fault::bad_input, fmt::format("column {} has no name", c + 1), name + ":1",
                   "name every column in the first line"};
    }
    const auto first = std::find(columns.begin(), columns.end(), columns[c]);
    if (first - columns.begin() < static_cast<std::ptrdiff_t>(c)) {
      return Error{Fault::bad_input, fmt::format("two columns are named '{}'", columns[c]), name + ":1",
                   "give every column a name of its own"};
    }
  }
  return Done{};
}

}  // namespace

Result<CsvTable> CsvTable::parse(std::string_view text, const std::string& name, const CsvOptions& options) {
  CsvTable table;
  table.name_ = name;
  Scanner scanner(text, table.name_, options);
  while (!scanner.ended()) {
    const std::size_t line = scanner.line();
    FORECOST_TRY(std::vector<std::string> cells, scanner.row());
    if (cells.empty()) continue;
    if (table.columns_.empty()) {
      FORECOST_TRY([[maybe_unused]] const Done good, check_heading(cells, name));
      table.columns_ = std::move(cells);
      continue;
    }
    if (cells.size() != table.columns_.size()) {
      return Error{Fault::bad_input,
                   fmt::format("the row has {} cells, the heading {}", cells.size(), table.columns_.size()),
                   fmt::format("{}:{}", name, line), "give every row one cell per column"};
    }
    std::move(cells.begin(), cells.end(), std::back_inserter(table.cells_));
    table.lines_.push_back(line);
  }
  if (table.columns_.empty()) {
    return Error{Fault::bad_input, "the file has no heading", name, "name the columns in the first line"};
  }
  return table;
}

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::string CsvTable::place(std::size_t row, std::optional<std::size_t> column) const {
  const std::string line = fmt::format("{}:{}", name_, lines_[row]);
  return column ? fmt::format("{} ({})", line, columns_[*column]) : line;
}

Result<std::string> unpacked(std::string bytes, const std::string& name, std::size_t most) {
  if (bytes.size() < 2 || bytes[0] != '\x1f' || bytes[1] != '\x8b') return bytes;
  const Error damaged{Fault::bad_input, "the gzip archive is damaged", name, "fetch the file again"};
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  if (inflateInit2(&stream, gzip_window) != Z_OK) return damaged;
  stream.next_in =
      reinterpret_cast<Bytef*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 1 << 16> part{};
  int state = Z_OK;
  while (state == Z_OK && text.size() <= most) {
    stream.next_out =
        reinterpret_cast<Bytef*>(part.data());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    stream.avail_out = static_cast<uInt>(part.size());
    state = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (text.size() > most) {
    return Error{Fault::exhausted, fmt::format("the archive holds more than {} bytes", most), name,
                 "unpack it and import it in parts"};
  }
  if (state != Z_STREAM_END) return damaged;
  return text;
}

std::uint32_t checksum(std::string_view bytes) {
  uLong sum = crc32(0, nullptr, 0);
  for (std::size_t at = 0; at < bytes.size(); at += std::size_t{1} << 30) {
    const std::string_view part = bytes.substr(at, std::size_t{1} << 30);
    sum = crc32(
        sum,
        reinterpret_cast<const Bytef*>(part.data()),  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
        static_cast<uInt>(part.size()));
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace forecost::record
