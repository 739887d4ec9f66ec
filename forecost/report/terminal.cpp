// SPDX-License-Identifier: Apache-2.0
// How a table is fitted: text columns give way down to `narrowest`, then whole columns go by rank, and what
// is left is cut.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "forecost/report/formats.h"

namespace forecost::report {
namespace {

constexpr std::size_t narrowest = 20;
constexpr std::size_t gap = 2;

enum class Tone { plain, strong, faint, good, poor, warning };

std::string toned(std::string text, Tone tone, const Style& style) {
  if (!style.colours || tone == Tone::plain) return text;
  static constexpr std::array<std::string_view, 6> codes{"0", "1", "2", "32", "31", "33"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(tone)), text);
}

/// Errors up to 5 % are good, above 10 % poor: the goals of docs/concepts.md.
Tone tone_of(const Value& value) {
  const auto* error = std::get_if<SignedError>(&value);
  if (error == nullptr) return Tone::plain;
  if (std::abs(error->value) <= 0.05) return Tone::good;
  return std::abs(error->value) > 0.10 ? Tone::poor : Tone::plain;
}

struct Layout {
  std::vector<std::size_t> columns;  ///< indices of those shown
  std::vector<std::size_t> widths;   ///< of every column of the table
  std::vector<bool> numeric;
};

std::size_t total_width(const Layout& layout) {
  std::size_t total = layout.columns.empty() ? 0 : gap * (layout.columns.size() - 1);
  for (const std::size_t column : layout.columns) total += layout.widths[column];
  return total;
}

std::size_t rows_shown(const Table& table) {
  return table.limit == 0 ? table.rows.size() : std::min(table.limit, table.rows.size());
}

Layout natural_layout(const Table& table, std::size_t rows) {
  Layout layout;
  layout.widths.resize(table.columns.size());
  layout.numeric.resize(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].audience != Audience::machines) layout.columns.push_back(i);
    layout.widths[i] = width_of(table.columns[i].title);
    for (std::size_t r = 0; r < rows; ++r) {
      layout.widths[i] = std::max(layout.widths[i], width_of(to_text(table.rows[r][i])));
      if (is_number(table.rows[r][i])) layout.numeric[i] = true;
    }
  }
  return layout;
}

/// Takes columns from the widest text column, one at a time, until the table fits or all are at `narrowest`.
void squeeze(Layout& layout, std::size_t width) {
  while (total_width(layout) > width) {
    std::size_t* widest = nullptr;
    for (const std::size_t column : layout.columns) {
      if (layout.numeric[column] || layout.widths[column] <= narrowest) continue;
      if (widest == nullptr || layout.widths[column] > *widest) widest = &layout.widths[column];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

Layout fitted(const Table& table, std::size_t rows, std::size_t width) {
  Layout layout = natural_layout(table, rows);
  const std::vector<std::size_t> natural = layout.widths;
  squeeze(layout, width);
  while (total_width(layout) > width) {
    const auto last = std::max_element(layout.columns.begin(), layout.columns.end(), [&](auto a, auto b) {
      return table.columns[a].rank < table.columns[b].rank;
    });
    if (last == layout.columns.end() || table.columns[*last].rank == 0) break;
    layout.columns.erase(last);
    layout.widths = natural;
    squeeze(layout, width);
  }
  while (total_width(layout) > width) {
    std::size_t& widest =
        layout.widths[*std::max_element(layout.columns.begin(), layout.columns.end(),
                                        [&](auto a, auto b) { return layout.widths[a] < layout.widths[b]; })];
    if (widest <= 3) break;
    --widest;
  }
  return layout;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string cut = elided(text, width);
  const std::string space(width - std::min(width, width_of(cut)), ' ');
  return right ? space + cut : cut + space;
}

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string table_text(const Table& table, const Style& style) {
  const std::size_t rows = rows_shown(table);
  const Layout layout = fitted(table, rows, style.width);
  std::string text;
  if (!table.title.empty()) text += toned(table.title, Tone::strong, style) + "\n";
  std::string heading;
  for (const std::size_t i : layout.columns) {
    if (!heading.empty()) heading += std::string(gap, ' ');
    heading += padded(table.columns[i].title, layout.widths[i], layout.numeric[i]);
  }
  heading.erase(heading.find_last_not_of(' ') + 1);
  text += toned(heading, Tone::faint, style) + "\n";
  for (std::size_t r = 0; r < rows; ++r) {
    std::string line;
    for (const std::size_t i : layout.columns) {
      if (i != layout.columns.front()) line += std::string(gap, ' ');
      const Value& value = table.rows[r][i];
      line += toned(padded(to_text(value), layout.widths[i], layout.numeric[i]), tone_of(value), style);
    }
    text += without_trailing_space(std::move(line));
  }
  if (rows < table.rows.size()) text += fmt::format("... and {} more rows\n", table.rows.size() - rows);
  return text;
}

std::string facts_text(const std::vector<Fact>& facts) {
  std::size_t width = 0;
  for (const Fact& fact : facts) {
    if (fact.audience != Audience::machines) width = std::max(width, width_of(fact.label));
  }
  std::string text;
  for (const Fact& fact : facts) {
    if (fact.audience == Audience::machines) continue;
    const std::string value = fact.text.empty() ? to_text(fact.value) : to_text(Value(fact.text));
    text += padded(fact.label, width, false) + "  " + value + "\n";
  }
  return text;
}

}  // namespace

std::string render_terminal(const Report& report, const Style& style) {
  std::string text =
      toned(to_text(Value(report.title)), Tone::strong, style) + "\n" + facts_text(report.facts);
  for (const Table& table : report.tables) {
    if (table.audience == Audience::machines || table.rows.empty()) continue;
    text += "\n" + table_text(table, style);
  }
  if (!report.warnings.empty()) text += "\n";
  for (const Warning& warning : report.warnings) {
    text += toned("warning:", Tone::warning, style) + " " + to_text(Value(warning.what)) + "\n";
    if (!warning.advice.empty()) text += "  advice: " + to_text(Value(warning.advice)) + "\n";
  }
  return text;
}

}  // namespace forecost::report
