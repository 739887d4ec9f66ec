// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "forecost/report/formats.h"

namespace forecost::report {
namespace {

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '`' || c == '<' || c == '*' || c == '_') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string table_text(const Table& table) {
  std::string heading = "|";
  std::string rule = "|";
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].audience == Audience::machines) continue;
    shown.push_back(i);
    heading += " " + escaped(table.columns[i].title) + " |";
    rule += !table.rows.empty() && is_number(table.rows.front()[i]) ? " ---: |" : " --- |";
  }
  std::string text = heading + "\n" + rule + "\n";
  const std::size_t count = table.limit == 0 ? table.rows.size() : std::min(table.limit, table.rows.size());
  for (std::size_t r = 0; r < count; ++r) {
    text += "|";
    for (const std::size_t i : shown) text += " " + escaped(to_text(table.rows[r][i])) + " |";
    text += "\n";
  }
  if (count < table.rows.size()) text += fmt::format("\n{} more rows.\n", table.rows.size() - count);
  return text;
}

}  // namespace

std::string render_markdown(const Report& report) {
  std::string text = "## " + escaped(to_text(Value(report.title))) + "\n";
  bool first = true;
  for (const Fact& fact : report.facts) {
    if (fact.audience == Audience::machines) continue;
    if (first) text += "\n";
    first = false;
    const std::string value = fact.text.empty() ? to_text(fact.value) : fact.text;
    text += "- **" + escaped(fact.label) + "**: " + escaped(value) + "\n";
  }
  for (const Table& table : report.tables) {
    if (table.audience == Audience::machines || table.rows.empty()) continue;
    if (!table.title.empty()) text += "\n### " + escaped(table.title) + "\n";
    text += "\n" + table_text(table);
  }
  if (!report.warnings.empty()) text += "\n";
  for (const Warning& warning : report.warnings) {
    text += "> **Warning**: " + escaped(to_text(Value(warning.what))) + ". " +
            escaped(to_text(Value(warning.advice))) + "\n";
  }
  return text;
}

}  // namespace forecost::report
