// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "forecost/report/formats.h"

namespace forecost::report {
namespace {

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

std::string line_of(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += quoted(fields[i]);
  }
  return line + "\n";
}

std::string facts_as_csv(std::span<const Report> reports) {
  std::vector<std::string> keys;
  for (const Fact& fact : reports.front().facts) {
    if (fact.audience != Audience::people) keys.push_back(fact.key);
  }
  std::string text = line_of(keys);
  for (const Report& report : reports) {
    std::vector<std::string> fields;
    for (const std::string& key : keys) {
      const auto fact = std::find_if(report.facts.begin(), report.facts.end(),
                                     [&](const Fact& candidate) { return candidate.key == key; });
      fields.push_back(fact == report.facts.end() ? std::string() : to_plain(fact->value));
    }
    text += line_of(fields);
  }
  return text;
}

const Table* table_named(const Report& report, const std::string& key) {
  const auto found = std::find_if(report.tables.begin(), report.tables.end(), [&](const Table& table) {
    return table.key == key && table.audience != Audience::people;
  });
  return found == report.tables.end() ? nullptr : &*found;
}

/// With several reports the first column says whose row it is.
std::string table_as_csv(std::span<const Report> reports, const std::string& key) {
  std::string text;
  for (const Report& report : reports) {
    const Table* table = table_named(report, key);
    if (table == nullptr) continue;
    std::vector<std::string> keys;
    if (reports.size() > 1) keys.emplace_back("network");
    for (const Column& column : table->columns) {
      if (column.audience != Audience::people) keys.push_back(column.key);
    }
    if (text.empty()) text = line_of(keys);
    for (const auto& row : table->rows) {
      std::vector<std::string> fields;
      if (reports.size() > 1) fields.push_back(report.title);
      for (std::size_t i = 0; i < table->columns.size(); ++i) {
        if (table->columns[i].audience != Audience::people) fields.push_back(to_plain(row[i]));
      }
      text += line_of(fields);
    }
  }
  return text;
}

}  // namespace

std::string render_csv(std::span<const Report> reports) {
  if (reports.empty()) return {};
  const std::string& key = reports.front().csv_table;
  return key.empty() ? facts_as_csv(reports) : table_as_csv(reports, key);
}

}  // namespace forecost::report
