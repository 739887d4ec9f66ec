// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/result_table.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"
#include "forecost/record/csv_cells.h"
#include "forecost/record/csv_table.h"

namespace forecost::search {
namespace {

constexpr double not_active = -1e300;

std::vector<double> key_of(const Design& design) {
  std::vector<double> key = design.values;
  for (double& value : key) value = std::isnan(value) ? not_active : value;
  return key;
}

std::optional<double> code_of_cell(const std::string& cell, const Parameter& parameter) {
  if (parameter.choices.empty()) return record::csv_number(cell);
  const nlohmann::json value = nlohmann::json::parse(cell, nullptr, false);
  for (std::size_t i = 0; i < parameter.choices.size(); ++i) {
    const nlohmann::json choice = nlohmann::json::parse(parameter.choices[i]);
    if (value == choice || (choice.is_string() && choice.get_ref<const std::string&>() == cell)) {
      return static_cast<double>(i);
    }
  }
  return std::nullopt;
}

}  // namespace

Status ResultTable::add(const std::vector<std::string>& cells, const Space& space, const std::string& where,
                        std::map<Key, Sum>& sums) {
  Design design{std::vector<double>(space.size(), std::nan(""))};
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto parameter = space.find(columns_[c]);
    if (!parameter || cells[c].empty()) continue;
    const auto code = code_of_cell(cells[c], space[*parameter]);
    if (!code) {
      return Error{Fault::bad_input, fmt::format("'{}' is no value of parameter '{}'", cells[c], columns_[c]),
                   where, "correct the table, or add the value to the parameter"};
    }
    design.values[*parameter] = *code;
  }
  for (std::size_t p = 0; p < space.size(); ++p) {
    if (!space.active(p, design)) design.values[p] = std::nan("");
  }
  const Status inside = space.check(design);
  if (!inside) {
    return Error{Fault::bad_input, fmt::format("{}: {}", inside.error().where, inside.error().what), where,
                 inside.error().hint};
  }
  Sum& sum = sums[key_of(design)];
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (space.find(columns_[c])) continue;
    const auto number = record::csv_number(cells[c]);
    if (!number || !std::isfinite(*number)) continue;
    sum.metrics[columns_[c]] += *number;
    ++sum.counts[columns_[c]];
  }
  return Done{};
}

Result<ResultTable> ResultTable::read(const std::filesystem::path& file, const Space& space) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) {
    return Error{Fault::not_found, "the table cannot be read", file.string(),
                 "check the name in [objective]"};
  }
  FORECOST_TRY(const record::CsvTable csv, record::CsvTable::parse(text.str(), file.string()));
  ResultTable table;
  table.columns_ = csv.columns();
  for (const Parameter& parameter : space.parameters()) {
    const auto& columns = table.columns_;
    if (std::find(columns.begin(), columns.end(), parameter.name) == columns.end()) {
      return Error{Fault::bad_input, fmt::format("the table has no column '{}'", parameter.name),
                   file.string() + ":1", did_you_mean(parameter.name, columns)};
    }
  }
  std::map<Key, Sum> sums;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < table.columns_.size(); ++c) cells.push_back(csv.cell(row, c));
    FORECOST_TRY([[maybe_unused]] const Done done, table.add(cells, space, csv.place(row), sums));
  }
  std::map<std::string, bool, std::less<>> seen;
  for (auto& [key, sum] : sums) {
    for (auto& metric : sum.metrics) {
      metric.second /= sum.counts.find(metric.first)->second;
      seen[metric.first] = true;
    }
    table.rows_.emplace(key, std::move(sum.metrics));
  }
  for (const auto& entry : seen) table.metrics_.push_back(entry.first);
  if (table.rows_.empty()) {
    return Error{Fault::bad_input, "the table has no rows", file.string(), "add a line per design"};
  }
  return table;
}

const Metrics* ResultTable::find(const Design& design) const {
  const auto found = rows_.find(key_of(design));
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<Design> ResultTable::designs() const {
  std::vector<Design> designs;
  for (const auto& row : rows_) {
    Design design{row.first};
    for (double& value : design.values) value = value == not_active ? std::nan("") : value;
    designs.push_back(std::move(design));
  }
  return designs;
}

Evaluator table_evaluator(std::shared_ptr<const ResultTable> table) {
  return [table = std::move(table)](const Task& task, const Contact& /*contact*/) {
    const Metrics* metrics = table->find(task.design);
    return metrics == nullptr ? failed_because("the table has no such design") : completed(*metrics);
  };
}

}  // namespace forecost::search
