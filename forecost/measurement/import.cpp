// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "forecost/layer/op_rule.h"
#include "forecost/measurement/import_binding.h"
#include "forecost/outcome/nearest.h"
#include "forecost/record/csv_cells.h"

namespace forecost::measurement {
namespace {

using numeric::Formula;

class RowReader {
 public:
  RowReader(const record::CsvTable& csv, const ImportMap& map, const ImportColumns& columns,
            const BoundMap& bound)
      : csv_(csv), map_(map), columns_(columns), bound_(bound) {}

  /// Nothing for a row that a rule drops; its count goes up.
  Result<std::optional<ImportedRow>> read(std::size_t row, std::vector<Dropped>& dropped) {
    row_ = row;
    texts_ = columns_.texts(row);
    numbers_.clear();
    for (const std::string& text : texts_)
      numbers_.push_back(record::csv_number(text).value_or(std::nan("")));
    for (std::size_t d = 0; d < bound_.drops.size(); ++d) {
      if (!drops(bound_.drops[d])) continue;
      ++dropped[d].rows;
      return std::optional<ImportedRow>{};
    }
    FORECOST_TRY([[maybe_unused]] const Done whole_lists, columns_.check_lists(row));
    ImportedRow result;
    FORECOST_TRY(result.device, device());
    FORECOST_TRY(result.kernel, kernel());
    FORECOST_TRY([[maybe_unused]] const Done measured, measure(result));
    nlohmann::json cells = nlohmann::json::object();
    for (std::size_t i = 0; i < texts_.size(); ++i) cells[columns_.names()[i]] = texts_[i];
    result.origin.cells = cells.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    result.origin.group = result.kernel.signature;
    if (!bound_.group.empty()) {
      result.origin.group.clear();
      for (std::size_t column : bound_.group) result.origin.group += texts_[column] + "|";
    }
    return std::optional(std::move(result));
  }

 private:
  bool drops(const BoundDrop& drop) const {
    if (drop.when) {
      const double value = drop.when->value(numbers_);
      return std::isnan(value) || value != 0;
    }
    const std::string& text = texts_[drop.column];
    const auto& is = drop.rule->is;
    const auto& is_not = drop.rule->is_not;
    const bool listed = std::find(is.begin(), is.end(), text) != is.end();
    return listed || (!is_not.empty() && std::find(is_not.begin(), is_not.end(), text) == is_not.end());
  }

  Result<std::size_t> device() const {
    if (!bound_.device) return std::size_t{0};
    const std::string& text = texts_[*bound_.device];
    std::vector<std::string> known;
    for (std::size_t i = 0; i < map_.devices.size(); ++i) {
      if (map_.devices[i].is == text) return i;
      known.push_back(map_.devices[i].is);
    }
    return Error{Fault::bad_input, fmt::format("the map does not describe the device '{}'", text),
                 csv_.place(row_, columns_.column(*bound_.device)),
                 "add [devices.NAME] with is = \"...\", or drop its rows; " + did_you_mean(text, known)};
  }

  /// Error that points at the first cell of a formula that is no number, or at the row.
  Error wrong(const Formula& formula, std::string what, std::string hint) const {
    for (std::size_t name : formula.used()) {
      if (std::isfinite(numbers_[name])) continue;
      return {Fault::bad_input, fmt::format("'{}' is no number", texts_[name]),
              csv_.place(row_, columns_.column(name)),
              "correct the cell, or leave such rows out with a [[drop]] rule"};
    }
    std::optional<std::size_t> column;
    if (!formula.used().empty()) column = columns_.column(formula.used().front());
    return {Fault::bad_input, std::move(what), csv_.place(row_, column), std::move(hint)};
  }

  Result<std::int64_t> whole(const Formula& formula) const {
    const double value = formula.value(numbers_);
    constexpr double most = 1e12;
    if (std::isfinite(value) && std::abs(value) <= most && value == std::rint(value))
      return static_cast<std::int64_t>(value);
    return wrong(formula, fmt::format("{} is {}, no whole number", formula.text(), value),
                 "round it in the map, as \"ceil(hw / stride)\"");
  }

  Result<layer::Kernel> kernel() const {
    network::Node node;
    node.op = map_.layer.op.text;
    node.name = csv_.place(row_);
    for (const BoundAttribute& entry : bound_.attributes) {
      FORECOST_TRY(node.attributes[entry.attribute->key], attribute(entry));
    }
    std::vector<layer::TensorFact> facts;
    layer::Kernel kernel;
    for (std::size_t i = 0; i < bound_.inputs.size(); ++i) {
      layer::TensorFact fact{.element = network::ElementType::float32, .shape = {}, .values = {}};
      bool absent = false;
      for (const Formula& extent : bound_.inputs[i]) {
        FORECOST_TRY(const std::int64_t value, whole(extent));
        if (value < 0) return wrong(extent, fmt::format("{} is {}", extent.text(), value), "correct the row");
        absent = absent || value == 0;
        fact.shape.push_back(value);
      }
      const auto& weights = map_.layer.weights;
      fact.constant = std::find(weights.begin(), weights.end(), i) != weights.end();
      if (!absent && !network::bytes_of(fact.element, fact.shape)) {
        return Error{Fault::bad_input, "a tensor of the row is too large to count", csv_.place(row_),
                     "correct the row"};
      }
      if (absent) fact = {.element = network::ElementType::undefined, .shape = {}, .values = {}};
      node.inputs.push_back(absent ? "" : fmt::format("x{}", i));
      kernel.inputs.push_back(fact.shape);
      kernel.constant_inputs.push_back(fact.constant);
      facts.push_back(std::move(fact));
    }
    node.outputs = {"y"};
    return costed(node, facts, std::move(kernel));
  }

  Result<network::Attribute> attribute(const BoundAttribute& entry) const {
    if (entry.formulas.empty()) return network::Attribute(entry.attribute->text);
    std::vector<std::int64_t> values;
    for (const Formula& formula : entry.formulas) {
      FORECOST_TRY(const std::int64_t value, whole(formula));
      values.push_back(value);
    }
    if (entry.attribute->list) return network::Attribute(std::move(values));
    return network::Attribute(values.front());
  }

  Result<layer::Kernel> costed(const network::Node& node, const std::vector<layer::TensorFact>& facts,
                               layer::Kernel kernel) const {
    const layer::OpRule* rule = layer::find_op_rule(node.domain, node.op);
    FORECOST_EXPECTS(rule != nullptr, "the map was checked");
    constexpr std::int64_t opset = 17;
    const layer::OpCall call{.node = node, .opset = opset, .inputs = facts};
    auto outputs = rule->shapes(call);
    if (!outputs) {
      Error error = outputs.error();
      error.where = csv_.place(row_);
      return error;
    }
    kernel.name = fmt::format("line {}", csv_.line(row_));
    kernel.op = node.op;
    kernel.path = bound_.path.filled(texts_);
    if (kernel.path.empty()) kernel.path = node.op;
    kernel.activation = bound_.activation.filled(texts_);
    kernel.cost = rule->cost(call, *outputs);
    for (const layer::TensorFact& fact : *outputs) kernel.outputs.push_back(fact.shape);
    kernel.signature = fmt::format("{}|{}|{}", kernel.op, kernel.path, kernel.activation);
    for (const auto& entry : node.attributes) {
      if (const auto* one = std::get_if<std::int64_t>(&entry.second)) {
        kernel.signature += fmt::format(" {}={}", entry.first, *one);
      } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&entry.second)) {
        kernel.signature += fmt::format(" {}={}", entry.first, fmt::join(*list, ","));
      }
    }
    for (const layer::Shape& shape : kernel.inputs)
      kernel.signature += fmt::format("|{}", fmt::join(shape, "x"));
    return kernel;
  }

  Status measure(ImportedRow& row) const {
    std::vector<double> values;
    for (const BoundQuantity& quantity : bound_.quantities) {
      const double value = quantity.formula.value(numbers_) * quantity.unit;
      if (!std::isfinite(value) || value <= 0) {
        return wrong(quantity.formula, fmt::format("{} is {}, not above 0", quantity.formula.text(), value),
                     "correct the cell, or leave such rows out with a [[drop]] rule");
      }
      values.push_back(value);
    }
    row.time = Seconds(values.front());
    if (map_.energy) {
      row.origin.energy = Joules(values[1]);
    } else if (map_.power) {
      row.origin.energy = Joules(values[1] * values[0]);
    }
    return Done{};
  }

  const record::CsvTable& csv_;
  const ImportMap& map_;
  const ImportColumns& columns_;
  const BoundMap& bound_;
  std::size_t row_ = 0;
  std::vector<std::string> texts_;
  std::vector<double> numbers_;
};

std::vector<Dropped> nothing_dropped(const ImportMap& map) {
  std::vector<Dropped> dropped;
  for (const DropRule& rule : map.drops) dropped.push_back({rule.why, 0});
  return dropped;
}

std::string source_json(const ImportMap& map, const ImportSource& source) {
  const nlohmann::json json{{"file", source.file},         {"bytes", source.bytes},
                            {"crc32", source.checksum},    {"map", source.map_file},
                            {"map_text", source.map_text}, {"name", map.name},
                            {"source", map.source},        {"licence", map.licence}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<ImportedRows> import_rows(const record::CsvTable& csv, const ImportMap& map, std::size_t begin,
                                 std::size_t end) {
  const ImportColumns columns(csv, map);
  for (const auto& split : map.split) {
    if (csv.find(split.first)) continue;
    return Error{Fault::bad_input, fmt::format("the file has no column '{}'", split.first), map.name,
                 did_you_mean(split.first, csv.columns())};
  }
  FORECOST_TRY(const BoundMap bound, bind(map, columns));
  ImportedRows imported{.rows = {}, .dropped = nothing_dropped(map)};
  RowReader reader(csv, map, columns, bound);
  for (std::size_t row = begin; row < std::min(end, csv.rows()); ++row) {
    FORECOST_TRY(std::optional<ImportedRow> read, reader.read(row, imported.dropped));
    if (read) imported.rows.push_back(*std::move(read));
  }
  return imported;
}

std::vector<Table> tables_of(const ImportMap& map, std::vector<ImportedRow> rows) {
  std::vector<Record> records(map.devices.size());
  for (ImportedRow& row : rows) {
    Record& record = records[row.device];
    record.kernels.push_back(std::move(row.kernel));
    record.kernel_seconds.push_back({row.time.value});
    record.origins.push_back(std::move(row.origin));
  }
  std::vector<Table> tables;
  for (std::size_t d = 0; d < records.size(); ++d)
    tables.push_back(tabulate(map.devices[d].card, {std::move(records[d])}));
  return tables;
}

Result<ImportSummary> import_into(Store& store, const record::CsvTable& csv, const ImportMap& map,
                                  const ImportSource& source, Provenance provenance) {
  constexpr std::size_t chunk = 500;
  provenance.source = source_json(map, source);
  const std::string key =
      fmt::format("{}:{:08x}{:08x}", map.name, source.checksum, record::checksum(source.map_text));
  ImportSummary summary{.rows = static_cast<std::int64_t>(csv.rows()),
                        .imported = {},
                        .known = 0,
                        .dropped = nothing_dropped(map)};
  std::map<std::size_t, std::int64_t> devices;
  std::map<std::size_t, std::int64_t> runs;
  std::map<std::size_t, std::set<std::string>> names;
  for (std::size_t begin = 0; begin < csv.rows(); begin += chunk) {
    FORECOST_TRY(ImportedRows imported, import_rows(csv, map, begin, begin + chunk));
    for (std::size_t d = 0; d < imported.dropped.size(); ++d)
      summary.dropped[d].rows += imported.dropped[d].rows;
    std::map<std::size_t, Record> records;
    for (ImportedRow& row : imported.rows) {
      Record& record = records[row.device];
      record.kernels.push_back(std::move(row.kernel));
      record.kernel_seconds.push_back({row.time.value});
      record.origins.push_back(std::move(row.origin));
    }
    for (auto& entry : records) {
      const device::Card& card = map.devices[entry.first].card;
      if (devices.count(entry.first) == 0) {
        FORECOST_TRY(devices[entry.first], store.enter_device(card));
        FORECOST_TRY(runs[entry.first], store.begin(devices[entry.first], provenance));
        FORECOST_TRY(names[entry.first], store.names(devices[entry.first], "imported"));
      }
      Record& record = entry.second;
      record.name = fmt::format("{}#{}", key, begin);
      record.kind = "imported";
      record.group = map.name;
      const auto count = static_cast<std::int64_t>(record.kernels.size());
      summary.imported[card.identity.name] += count;
      if (names[entry.first].count(record.name) > 0) {
        summary.known += count;
        continue;
      }
      FORECOST_TRY([[maybe_unused]] const Done added,
                   store.add(devices[entry.first], runs[entry.first], record));
    }
  }
  return summary;
}

}  // namespace forecost::measurement
