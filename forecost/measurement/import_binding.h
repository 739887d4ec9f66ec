// SPDX-License-Identifier: Apache-2.0
/// An import map bound to the columns of one CSV file: formulas parsed, columns found, templates taken apart.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "forecost/measurement/import_map.h"
#include "forecost/numeric/formula.h"
#include "forecost/record/csv_table.h"

namespace forecost::measurement {

/// The file's columns under the names that formulas use: lists are taken apart.
class ImportColumns {
 public:
  ImportColumns(const record::CsvTable& csv, const ImportMap& map);

  const std::vector<std::string>& names() const { return names_; }
  std::size_t column(std::size_t name) const { return origin_[name].column; }
  /// Fails: `bad_input` at the map's place, the hint has the nearest names.
  Result<std::size_t> find(const MapText& wanted) const;
  /// Texts of one row, by name. Parts of a list that has another number of them are empty.
  std::vector<std::string> texts(std::size_t row) const;
  /// Fails: `bad_input` where a list of the row has another number of parts.
  Status check_lists(std::size_t row) const;

 private:
  static constexpr std::size_t whole = static_cast<std::size_t>(-1);
  struct Cell {
    std::size_t column;
    std::size_t part;
  };
  const record::CsvTable* csv_;
  std::vector<std::string> names_;
  std::vector<Cell> origin_;
  std::vector<std::pair<std::size_t, std::size_t>> lists_;  ///< column, parts
};

/// A text with {column} in it.
class ImportTemplate {
 public:
  static Result<ImportTemplate> parse(const std::string& text, const ImportColumns& columns,
                                      const record::Place& place);
  std::string filled(const std::vector<std::string>& texts) const;

 private:
  static constexpr std::size_t no_column = static_cast<std::size_t>(-1);
  struct Piece {
    std::string text;
    std::size_t column;
  };
  std::vector<Piece> pieces_;
};

struct BoundQuantity {
  numeric::Formula formula;
  double unit;
};

struct BoundAttribute {
  const MappedAttribute* attribute;
  std::vector<numeric::Formula> formulas;
};

struct BoundDrop {
  std::optional<numeric::Formula> when;
  std::size_t column = 0;
  const DropRule* rule = nullptr;
};

/// Points into the map that it was bound from.
struct BoundMap {
  std::vector<BoundDrop> drops;
  std::optional<std::size_t> device;
  std::vector<std::vector<numeric::Formula>> inputs;
  std::vector<BoundAttribute> attributes;
  std::vector<BoundQuantity> quantities;  ///< time, then energy and power where there are any
  std::vector<std::size_t> group;
  ImportTemplate path;
  ImportTemplate activation;
};

/// Fails: `bad_input` at the map's place: a column that is not there, a formula that is none.
Result<BoundMap> bind(const ImportMap& map, const ImportColumns& columns);

}  // namespace forecost::measurement
