// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import_binding.h"

#include <algorithm>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/record/csv_cells.h"

namespace forecost::measurement {

using numeric::Formula;

ImportColumns::ImportColumns(const record::CsvTable& csv, const ImportMap& map) : csv_(&csv) {
  for (std::size_t c = 0; c < csv.columns().size(); ++c) {
    const auto parts = map.split.find(csv.columns()[c]);
    if (parts == map.split.end()) {
      names_.push_back(csv.columns()[c]);
      origin_.push_back({c, whole});
      continue;
    }
    for (std::size_t p = 0; p < parts->second.size(); ++p) {
      names_.push_back(parts->second[p]);
      origin_.push_back({c, p});
    }
    lists_.emplace_back(c, parts->second.size());
  }
}

Result<std::size_t> ImportColumns::find(const MapText& wanted) const {
  const auto found = std::find(names_.begin(), names_.end(), wanted.text);
  if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
  return Error{Fault::bad_input, fmt::format("the file has no column '{}'", wanted.text),
               record::to_string(wanted.place), did_you_mean(wanted.text, names_)};
}

std::vector<std::string> ImportColumns::texts(std::size_t row) const {
  std::vector<std::vector<std::string>> parts(csv_->columns().size());
  for (const auto& list : lists_) {
    parts[list.first] = record::csv_cells(csv_->cell(row, list.first));
    if (parts[list.first].size() != list.second) parts[list.first].assign(list.second, "");
  }
  std::vector<std::string> texts;
  for (const Cell& cell : origin_) {
    texts.push_back(cell.part == whole ? csv_->cell(row, cell.column) : parts[cell.column][cell.part]);
  }
  return texts;
}

Status ImportColumns::check_lists(std::size_t row) const {
  for (const auto& list : lists_) {
    const std::size_t parts = record::csv_cells(csv_->cell(row, list.first)).size();
    if (parts == list.second) continue;
    return Error{Fault::bad_input, fmt::format("the list has {} parts, the map names {}", parts, list.second),
                 csv_->place(row, list.first),
                 "correct the row or [split] in the map, or leave such rows out with a [[drop]] rule"};
  }
  return Done{};
}

Result<ImportTemplate> ImportTemplate::parse(const std::string& text, const ImportColumns& columns,
                                             const record::Place& place) {
  ImportTemplate result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find('{', at), text.size());
    result.pieces_.push_back({text.substr(at, open - at), no_column});
    if (open == text.size()) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      return Error{Fault::bad_input, fmt::format("'{}' has an open brace", text), record::to_string(place),
                   "write {column}"};
    }
    FORECOST_TRY(const std::size_t column, columns.find({text.substr(open + 1, close - open - 1), place}));
    result.pieces_.push_back({"", column});
    at = close + 1;
  }
  return result;
}

std::string ImportTemplate::filled(const std::vector<std::string>& texts) const {
  std::string result;
  for (const Piece& piece : pieces_) result += piece.column == no_column ? piece.text : texts[piece.column];
  return result;
}

namespace {

Result<Formula> parse_formula(const MapText& text, const ImportColumns& columns) {
  auto formula = Formula::parse(text.text, columns.names());
  if (formula) return formula;
  Error error = formula.error();
  error.where = record::to_string(text.place);
  return error;
}

Result<std::vector<Formula>> parse_formulas(const std::vector<MapText>& texts, const ImportColumns& columns) {
  std::vector<Formula> formulas;
  for (const MapText& text : texts) {
    FORECOST_TRY(Formula formula, parse_formula(text, columns));
    formulas.push_back(std::move(formula));
  }
  return formulas;
}

}  // namespace

Result<BoundMap> bind(const ImportMap& map, const ImportColumns& columns) {
  BoundMap bound;
  for (const DropRule& rule : map.drops) {
    BoundDrop drop{.when = std::nullopt, .column = 0, .rule = &rule};
    if (rule.when) {
      FORECOST_TRY(drop.when, parse_formula(*rule.when, columns));
    } else {
      FORECOST_TRY(drop.column, columns.find(rule.column));
    }
    bound.drops.push_back(std::move(drop));
  }
  if (map.device_column) {
    FORECOST_TRY(bound.device, columns.find(*map.device_column));
  }
  for (const auto& shape : map.layer.inputs) {
    FORECOST_TRY(std::vector<Formula> extents, parse_formulas(shape, columns));
    bound.inputs.push_back(std::move(extents));
  }
  for (const MappedAttribute& attribute : map.layer.attributes) {
    FORECOST_TRY(std::vector<Formula> formulas, parse_formulas(attribute.formulas, columns));
    bound.attributes.push_back({&attribute, std::move(formulas)});
  }
  for (const std::optional<MappedQuantity>& quantity : {std::optional(map.time), map.energy, map.power}) {
    if (!quantity) continue;
    FORECOST_TRY(Formula formula, parse_formula(quantity->formula, columns));
    bound.quantities.push_back({std::move(formula), quantity->unit});
  }
  for (const MapText& column : map.group) {
    FORECOST_TRY(const std::size_t index, columns.find(column));
    bound.group.push_back(index);
  }
  FORECOST_TRY(bound.path, ImportTemplate::parse(map.layer.path, columns, map.layer.op.place));
  FORECOST_TRY(bound.activation, ImportTemplate::parse(map.layer.activation, columns, map.layer.op.place));
  return bound;
}

}  // namespace forecost::measurement
