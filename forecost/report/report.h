// SPDX-License-Identifier: Apache-2.0
/// The one structure behind everything Forecost prints: facts, tables, warnings. Terminal, JSON, CSV and
/// Markdown are four ways to write the same Report.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/report/value.h"

namespace forecost::report {

/// Who sees a part of a report.
enum class Audience { everyone, people, machines };

/// A named value about the whole subject.
struct Fact {
  std::string key;    ///< field name for machines; "memory.weights" is a field of an object
  std::string label;  ///< what people read before the value
  Value value;
  Audience audience = Audience::everyone;
  std::string text = {};  ///< what people read in place of the value, when not empty
};

struct Column {
  std::string key;    ///< field name for machines
  std::string title;  ///< heading for people
  Audience audience = Audience::everyone;
  int rank = 0;  ///< when a terminal is too narrow, columns of the highest rank go first; rank 0 always stays
};

struct Table {
  std::string key;    ///< name of the array for machines
  std::string title;  ///< line above the table for people; may be empty
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;  ///< one value per column
  Audience audience = Audience::everyone;
  std::size_t limit = 0;  ///< rows that people see; 0: all. Machines always get all.
};

struct Report {
  std::string kind;  ///< "forecost.prediction": the format's name, written into JSON
  int version = 1;   ///< of the JSON fields; raised when one changes meaning or goes
  std::string title;
  std::vector<Fact> facts;
  std::vector<Table> tables;
  std::vector<Warning> warnings;
  std::string csv_table = {};  ///< the table that CSV writes; empty: the facts, one line per report
};

enum class Format { table, json, csv, markdown };

/// Fails: `bad_input`, the hint lists the formats.
Result<Format> parse_format(std::string_view text);

/// How a person's terminal looks.
struct Style {
  Format format = Format::table;
  std::size_t width = 100;  ///< columns of the terminal; tables are fitted into it
  bool colours = false;
};

/// Writes reports of one kind. JSON: one object for one report, an array otherwise. CSV: one heading, then
/// the rows of all reports (keys of the first decide the columns).
std::string render(std::span<const Report> reports, const Style& style);
std::string render(const Report& report, const Style& style);

}  // namespace forecost::report
