// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/comparison.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"
#include "forecost/predictor/folds.h"

namespace forecost::predictor {
namespace {

struct NamedTarget {
  std::string_view name;
  Target target;
};
constexpr std::array<NamedTarget, 3> targets{
    {{"time", Target::time}, {"energy", Target::energy}, {"power", Target::power}}};

nlohmann::json cells_of(const measurement::KernelRow& row) {
  return row.cells.empty() ? nlohmann::json::object() : nlohmann::json::parse(row.cells, nullptr, false);
}

std::optional<std::string> label_of(const measurement::KernelRow& row, const std::string& column) {
  if (column == "op") return row.kernel.op;
  if (column == "path") return row.kernel.path;
  const nlohmann::json cells = cells_of(row);
  const auto found = cells.find(column);
  if (found == cells.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Result<const Family*> family_named(const std::string& name) {
  if (const Family* family = find_family(name)) return family;
  std::vector<std::string> names;
  for (const Family& family : family_list()) names.emplace_back(family.name);
  return Error{Fault::not_found, fmt::format("no predictor family is called '{}'", name), "",
               did_you_mean(name, names) + "; see forecost list families"};
}

}  // namespace

Result<measurement::Table> stored_table(measurement::Store& store, const std::string& device) {
  FORECOST_TRY(const std::vector<device::Card> cards, store.devices());
  std::vector<std::string> names;
  const device::Card* card = nullptr;
  for (const device::Card& one : cards) {
    names.push_back(one.identity.name);
    if (one.identity.name == device) card = &one;
  }
  if (card == nullptr) {
    return Error{Fault::not_found, fmt::format("nothing was measured on a device '{}'", device), "",
                 names.empty() ? "measure with forecost calibrate, or bring data with forecost import"
                               : did_you_mean(device, names)};
  }
  FORECOST_TRY(const std::int64_t id, store.enter_device(*card));
  FORECOST_TRY(std::vector<measurement::Record> records, store.records(id, "calibration"));
  FORECOST_TRY(std::vector<measurement::Record> imported, store.records(id, "imported"));
  std::move(imported.begin(), imported.end(), std::back_inserter(records));
  measurement::Table table = measurement::tabulate(*card, records);
  if (table.kernels.empty()) {
    return Error{Fault::bad_input, "the store holds no measurements of the device", device,
                 "measure with forecost calibrate, or bring data with forecost import"};
  }
  return table;
}

Result<Target> parse_target(std::string_view text) {
  std::vector<std::string> names;
  for (const NamedTarget& entry : targets) {
    if (entry.name == text) return entry.target;
    names.emplace_back(entry.name);
  }
  return Error{Fault::bad_input, fmt::format("'{}' is nothing to forecast", text), "",
               fmt::format("one of {}", fmt::join(names, ", "))};
}

Result<measurement::Table> with_target(measurement::Table table, Target target) {
  if (target == Target::time) return table;
  table.networks.clear();
  std::vector<measurement::KernelRow> rows;
  for (measurement::KernelRow& row : table.kernels) {
    if (!row.energy || !(row.time.value > 0)) continue;
    const double joules = row.energy->value;
    row.time = row.median = Seconds(target == Target::energy ? joules : joules / row.time.value);
    row.energy.reset();
    rows.push_back(std::move(row));
  }
  table.kernels = std::move(rows);
  if (table.kernels.empty()) {
    return Error{Fault::bad_input, "no row has an energy", table.card.identity.name,
                 "give the import map an [energy] or a [power], or forecast the time"};
  }
  return table;
}

std::vector<std::string> group_columns(const measurement::Table& table) {
  std::vector<std::string> columns{"op", "path"};
  for (const measurement::KernelRow& row : table.kernels) {
    if (row.cells.empty()) continue;
    const nlohmann::json cells = cells_of(row);
    for (const auto& cell : cells.items()) columns.push_back(cell.key());
    break;
  }
  return columns;
}

Result<measurement::Table> regrouped(measurement::Table table, const std::string& column) {
  for (measurement::KernelRow& row : table.kernels) {
    std::optional<std::string> label = label_of(row, column);
    if (!label) {
      return Error{Fault::bad_input, fmt::format("{} has no column '{}'", row.kernel.name, column),
                   table.card.identity.name, did_you_mean(column, group_columns(table))};
    }
    row.group = *std::move(label);
  }
  table.networks.clear();
  return table;
}

Result<std::vector<Entrant>> compare_families(const measurement::Table& table,
                                              const ComparisonOptions& options,
                                              const device::System& system) {
  std::vector<const Family*> families;
  for (const std::string& name : options.families) {
    FORECOST_TRY(const Family* family, family_named(name));
    families.push_back(family);
  }
  if (families.empty()) {
    for (const Family& family : family_list()) families.push_back(&family);
  }
  if (groups_of(table).size() < 2) {
    return Error{Fault::bad_input, "a comparison needs at least two groups", table.card.identity.name,
                 "measure more, or group by another column"};
  }
  std::vector<Entrant> entrants;
  for (const Family* family : families) {
    Entrant entrant{.family = std::string(family->name), .validation = {}, .fit_time = {}, .failed = {}};
    const Seconds start = system.now();
    const auto fitted = family->fit(table, options.fit);
    entrant.fit_time = system.now() - start;
    if (fitted) {
      entrant.bytes = static_cast<std::int64_t>((*fitted)->save().dump().size());
      entrant.terms = static_cast<std::int64_t>((*fitted)->terms().size());
      auto validation = cross_validate(*family, table, options.folds, options.fit);
      if (validation) {
        entrant.validation = *std::move(validation);
      } else {
        entrant.failed = validation.error();
      }
    } else {
      entrant.failed = fitted.error();
    }
    entrants.push_back(std::move(entrant));
  }
  return entrants;
}

}  // namespace forecost::predictor
