// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/import_map.h"

#include <algorithm>

#include <fmt/format.h>

#include "forecost/layer/op_rule.h"
#include "forecost/outcome/nearest.h"

namespace forecost::measurement {
namespace {

using record::TableReader;
using record::TomlNode;

using Units = std::vector<std::pair<std::string, double>>;

const Units& time_units() {
  static const Units units{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
  return units;
}

const Units& energy_units() {
  static const Units units{{"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"Wh", 3600}};
  return units;
}

const Units& power_units() {
  static const Units units{{"W", 1}, {"mW", 1e-3}};
  return units;
}

/// A formula: a text, or a number as it stands.
std::optional<MapText> formula_of(const TomlNode& node) {
  if (const std::string* text = node.text()) return MapText{*text, node.place};
  if (const auto number = node.number()) return MapText{fmt::format("{}", *number), node.place};
  return std::nullopt;
}

std::vector<MapText> formulas_of(const TomlNode& node, const std::string& what, TableReader& reader) {
  std::vector<MapText> formulas;
  const std::vector<TomlNode> single{node};
  for (const TomlNode& item : node.kind == TomlNode::Kind::list ? node.items : single) {
    if (const auto formula = formula_of(item)) {
      formulas.push_back(*formula);
    } else {
      reader.refuse(item.place, fmt::format("{} holds {}", what, item.what()),
                    "write a number or a formula over columns, as \"hw / stride\"");
    }
  }
  return formulas;
}

MapText text_at(TableReader& reader, std::string_view key) {
  const TomlNode* node = reader.find(key);
  return {reader.text(key, ""), node == nullptr ? reader.place() : node->place};
}

Result<MappedQuantity> read_quantity(const TomlNode& node, const std::string& name, const Units& units) {
  TableReader reader(node, name);
  MappedQuantity quantity;
  if (const TomlNode* value = reader.require("value", "value = \"latency_ms\"")) {
    if (const auto formula = formula_of(*value)) {
      quantity.formula = *formula;
    } else {
      reader.refuse(value->place, fmt::format("'value' is {}", value->what()), "name a column or a formula");
    }
  }
  reader.require("unit", fmt::format("unit = \"{}\"", units[1].first));
  const MapText unit = text_at(reader, "unit");
  std::vector<std::string> names;
  for (const auto& entry : units) names.push_back(entry.first);
  const auto found = std::find(names.begin(), names.end(), unit.text);
  if (found != names.end()) {
    quantity.unit = units[static_cast<std::size_t>(found - names.begin())].second;
  } else if (!unit.text.empty()) {
    reader.refuse(unit.place, fmt::format("'{}' is no unit of {}", unit.text, name),
                  fmt::format("write one of {}", fmt::join(names, ", ")));
  }
  FORECOST_TRY([[maybe_unused]] const Done good, reader.status());
  return quantity;
}

Result<MappedLayer> read_layer(const TomlNode& node) {
  TableReader reader(node, "[layer]");
  MappedLayer layer;
  reader.require("op", "op = \"Conv\"");
  layer.op = text_at(reader, "op");
  if (!layer.op.text.empty() && layer::find_op_rule("", layer.op.text) == nullptr) {
    std::vector<std::string> names;
    for (const layer::OpRule& rule : layer::op_rules()) names.emplace_back(rule.op);
    reader.refuse(layer.op.place, fmt::format("no operator is called '{}'", layer.op.text),
                  did_you_mean(layer.op.text, nearest_names(layer.op.text, names)));
  }
  layer.path = reader.text("path", "");
  layer.activation = reader.text("activation", "");
  const TomlNode* inputs = reader.require("inputs", R"(inputs = [["batch", "c_in", "hw", "hw"]])");
  if (inputs != nullptr) {
    if (inputs->kind != TomlNode::Kind::list) {
      reader.refuse(inputs->place, fmt::format("'inputs' is {}", inputs->what()),
                    "write a list of shapes, each a list of formulas");
    }
    for (const TomlNode& shape : inputs->items)
      layer.inputs.push_back(formulas_of(shape, "'inputs'", reader));
  }
  if (const TomlNode* weights = reader.find("weights")) {
    for (const TomlNode& item : weights->items) {
      const auto index = item.number();
      if (index && *index >= 0 && *index < static_cast<double>(layer.inputs.size())) {
        layer.weights.push_back(static_cast<std::size_t>(*index));
      } else {
        reader.refuse(item.place, "'weights' names an input that is not there",
                      "count the inputs from 0: weights = [1]");
      }
    }
  }
  if (const TomlNode* attributes = reader.find("attributes")) {
    for (std::size_t i = 0; i < attributes->keys.size(); ++i) {
      const TomlNode& value = attributes->items[i];
      MappedAttribute attribute{.key = attributes->keys[i], .formulas = {}, .list = false, .text = {}};
      const TomlNode* text = value.find("text");
      if (text != nullptr && text->text() != nullptr) {
        attribute.text = *text->text();
      } else {
        attribute.list = value.kind == TomlNode::Kind::list;
        attribute.formulas = formulas_of(value, fmt::format("'{}'", attribute.key), reader);
      }
      layer.attributes.push_back(std::move(attribute));
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done good, reader.status());
  return layer;
}

Result<device::Card> read_card(const TomlNode& node, const std::string& name, std::string& is) {
  TableReader reader(node, fmt::format("[devices.{}]", name));
  device::Card card;
  card.identity.name = name;
  card.identity.runtime = "imported";
  is = reader.text("is", name);
  card.identity.processor = reader.text("processor", is);
  card.identity.provider = reader.text("provider", "");
  card.identity.cores = static_cast<int>(reader.integer("cores", 1, 1, 1'000'000));
  if (const TomlNode* peaks = reader.require("peak_gflops", "peak_gflops = { float32 = 8141 }")) {
    TableReader elements(*peaks, "'peak_gflops'");
    for (const std::string& element : peaks->keys)
      card.peak_operations[element] = 1e9 * elements.number(element, 1, 1e-6, 1e12);
    FORECOST_TRY([[maybe_unused]] const Done good, elements.status());
  }
  const TomlNode* memory =
      reader.require("memory", "memory = [{ name = \"DRAM\", bandwidth_gb_s = 320 }], nearest first");
  if (memory != nullptr) {
    for (const TomlNode& item : memory->items) {
      TableReader level(item, "'memory'");
      const double capacity = level.number("capacity_mib", 0, 0, 1e9);
      level.require("bandwidth_gb_s", "bandwidth_gb_s = 320");
      card.memory.push_back({level.text("name", "DRAM"), Bytes(static_cast<std::int64_t>(capacity * 1048576)),
                             1e9 * level.number("bandwidth_gb_s", 1, 1e-6, 1e9)});
      FORECOST_TRY([[maybe_unused]] const Done good, level.status());
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done good, reader.status());
  return card;
}

Result<DropRule> read_drop(const TomlNode& node) {
  TableReader reader(node, "[[drop]]");
  DropRule rule;
  if (const TomlNode* when = reader.find("when")) {
    rule.when = formula_of(*when);
    if (!rule.when) reader.refuse(when->place, "'when' is no formula", "write when = \"bad != 0\"");
  }
  rule.column = text_at(reader, "column");
  rule.is = reader.texts("is");
  rule.is_not = reader.texts("is_not");
  rule.why = reader.text("why", rule.when ? rule.when->text : rule.column.text);
  if (!rule.when && (rule.column.text.empty() || (rule.is.empty() && rule.is_not.empty()))) {
    reader.refuse(reader.place(), "[[drop]] says neither 'when' nor 'column' with 'is' or 'is_not'",
                  R"(write when = "bad != 0", or column = "optimizer" and is_not = "None")");
  }
  FORECOST_TRY([[maybe_unused]] const Done good, reader.status());
  return rule;
}

Status read_devices(TableReader& reader, ImportMap& map) {
  if (reader.has("device_column")) map.device_column = text_at(reader, "device_column");
  const TomlNode* devices = reader.require("devices", "[devices.t4] with peak_gflops and memory");
  if (devices == nullptr) return Done{};
  for (std::size_t i = 0; i < devices->keys.size(); ++i) {
    MappedDevice device;
    FORECOST_TRY(device.card, read_card(devices->items[i], devices->keys[i], device.is));
    map.devices.push_back(std::move(device));
  }
  if (map.devices.empty() || (map.devices.size() > 1 && !map.device_column)) {
    reader.refuse(devices->place, fmt::format("the map has {} devices", map.devices.size()),
                  "name one device, or say device_column = \"...\" for several");
  }
  return Done{};
}

Status read_split(TableReader& reader, ImportMap& map) {
  const TomlNode* split = reader.find("split");
  if (split == nullptr) return Done{};
  TableReader columns(*split, "[split]");
  for (const std::string& column : split->keys) map.split[column] = columns.texts(column);
  return columns.status();
}

}  // namespace

Result<ImportMap> parse_import_map(std::string_view text, const std::string& name) {
  FORECOST_TRY(const TomlNode tree, record::parse_toml(text, name));
  TableReader reader(tree, "the map");
  ImportMap map;
  map.name = reader.text("name", name);
  map.source = reader.text("source", "");
  map.licence = reader.text("licence", "");
  const MapText separator = text_at(reader, "separator");
  if (separator.text.size() == 1) {
    map.separator = separator.text.front();
  } else if (!separator.text.empty()) {
    reader.refuse(separator.place, fmt::format("the separator '{}' is not one character", separator.text),
                  "write separator = \";\"");
  }
  FORECOST_TRY([[maybe_unused]] const Done split, read_split(reader, map));
  FORECOST_TRY([[maybe_unused]] const Done devices, read_devices(reader, map));
  if (const TomlNode* layer = reader.require("layer", "[layer] with op and inputs")) {
    FORECOST_TRY(map.layer, read_layer(*layer));
  }
  if (const TomlNode* time = reader.require("time", "[time] with value and unit")) {
    FORECOST_TRY(map.time, read_quantity(*time, "[time]", time_units()));
  }
  if (const TomlNode* energy = reader.find("energy")) {
    FORECOST_TRY(map.energy, read_quantity(*energy, "[energy]", energy_units()));
  }
  if (const TomlNode* power = reader.find("power")) {
    FORECOST_TRY(map.power, read_quantity(*power, "[power]", power_units()));
  }
  if (const TomlNode* group = reader.find("group")) {
    for (const std::string& column : reader.texts("group")) map.group.push_back({column, group->place});
  }
  if (const TomlNode* drops = reader.find("drop")) {
    for (const TomlNode& item : drops->items) {
      FORECOST_TRY(DropRule rule, read_drop(item));
      map.drops.push_back(std::move(rule));
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done good, reader.status());
  return map;
}

}  // namespace forecost::measurement
