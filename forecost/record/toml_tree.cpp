// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/toml_tree.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include "forecost/outcome/nearest.h"

namespace forecost::record {
namespace {

Place place_of(const toml::source_region& source, const std::string& file) {
  return {file, source.begin.line, source.begin.column};
}

TomlNode tree_of(const toml::node& node, const std::string& file) {
  TomlNode tree;
  tree.place = place_of(node.source(), file);
  if (const toml::table* table = node.as_table()) {
    tree.kind = TomlNode::Kind::table;
    // toml++ sorts keys by name; the order of the file is that of their places
    std::vector<std::pair<std::string, TomlNode>> values;
    for (const auto& member : *table) {
      TomlNode value = tree_of(member.second, file);
      value.place = place_of(member.first.source(), file);
      values.emplace_back(std::string(member.first.str()), std::move(value));
    }
    std::stable_sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.place.line, a.second.place.column) <
             std::pair(b.second.place.line, b.second.place.column);
    });
    for (auto& value : values) {
      tree.keys.push_back(std::move(value.first));
      tree.items.push_back(std::move(value.second));
    }
  } else if (const toml::array* list = node.as_array()) {
    tree.kind = TomlNode::Kind::list;
    for (const toml::node& item : *list) tree.items.push_back(tree_of(item, file));
  } else if (const auto* text = node.as_string()) {
    tree.scalar = text->get();
  } else if (const auto* flag = node.as_boolean()) {
    tree.scalar = flag->get();
  } else if (const auto* integer = node.as_integer()) {
    tree.scalar = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    tree.scalar = real->get();
  } else {
    std::ostringstream date;
    node.visit([&date](const auto& value) {
      if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                    toml::is_date_time<decltype(value)>) {
        date << value.get();
      }
    });
    tree.scalar = date.str();
  }
  return tree;
}

}  // namespace

std::string to_string(const Place& place) {
  if (place.line == 0) return place.file;
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

const TomlNode* TomlNode::find(std::string_view key) const {
  if (kind != Kind::table) return nullptr;
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

std::optional<double> TomlNode::number() const {
  if (kind != Kind::scalar) return std::nullopt;
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&scalar)) return *real;
  return std::nullopt;
}

const std::string* TomlNode::text() const {
  return kind == Kind::scalar ? std::get_if<std::string>(&scalar) : nullptr;
}

nlohmann::json TomlNode::json() const {
  if (kind == Kind::list) {
    nlohmann::json list = nlohmann::json::array();
    for (const TomlNode& item : items) list.push_back(item.json());
    return list;
  }
  if (kind == Kind::table) {
    nlohmann::json object = nlohmann::json::object();
    for (std::size_t i = 0; i < items.size(); ++i) object[keys[i]] = items[i].json();
    return object;
  }
  return std::visit([](const auto& value) { return nlohmann::json(value); }, scalar);
}

std::string_view TomlNode::what() const {
  if (kind == Kind::list) return "a list";
  if (kind == Kind::table) return "a table";
  constexpr std::string_view names[] = {"a text", "true or false", "a whole number", "a number"};
  return names[scalar.index()];
}

Result<TomlNode> parse_toml(std::string_view text, const std::string& name) {
  try {
    const toml::table table = toml::parse(text, name);
    TomlNode tree = tree_of(table, name);
    tree.place = {name, 0, 0};
    return tree;
  } catch (const toml::parse_error& problem) {
    return Error{Fault::bad_input, std::string(problem.description()),
                 to_string(place_of(problem.source(), name)), "correct the TOML there; see toml.io"};
  }
}

TableReader::TableReader(const TomlNode& table, std::string name) : table_(&table), name_(std::move(name)) {
  if (table.kind != TomlNode::Kind::table) {
    refuse(table.place, fmt::format("{} is {}", name_, table.what()), "write a table: { key = value }");
  }
}

const TomlNode* TableReader::find(std::string_view key) {
  asked_.emplace_back(key);
  return table_->find(key);
}

const TomlNode* TableReader::require(std::string_view key, std::string_view example) {
  const TomlNode* node = find(key);
  if (node == nullptr && !missing_) {
    missing_ = Error{Fault::bad_input, fmt::format("{} has no '{}'", name_, key), to_string(table_->place),
                     fmt::format("add {}", example)};
  }
  return node;
}

std::string TableReader::text(std::string_view key, std::string fallback) {
  const TomlNode* node = find(key);
  if (node == nullptr) return fallback;
  if (const std::string* text = node->text()) return *text;
  refuse(node->place, fmt::format("'{}' is {}, not a text", key, node->what()), "write it in quotes");
  return fallback;
}

bool TableReader::flag(std::string_view key, bool fallback) {
  const TomlNode* node = find(key);
  if (node == nullptr) return fallback;
  if (node->kind == TomlNode::Kind::scalar) {
    if (const bool* flag = std::get_if<bool>(&node->scalar)) return *flag;
  }
  refuse(node->place, fmt::format("'{}' is {}", key, node->what()), "write true or false");
  return fallback;
}

double TableReader::number(std::string_view key, double fallback, double low, double high) {
  const TomlNode* node = find(key);
  if (node == nullptr) return fallback;
  const std::optional<double> number = node->number();
  if (number && *number >= low && *number <= high) return *number;
  refuse(node->place,
         number ? fmt::format("'{}' is {}", key, *number) : fmt::format("'{}' is {}", key, node->what()),
         fmt::format("give a number {} ... {}", low, high));
  return fallback;
}

std::int64_t TableReader::integer(std::string_view key, std::int64_t fallback, std::int64_t low,
                                  std::int64_t high) {
  const TomlNode* node = find(key);
  if (node == nullptr) return fallback;
  const std::int64_t* number =
      node->kind == TomlNode::Kind::scalar ? std::get_if<std::int64_t>(&node->scalar) : nullptr;
  if (number != nullptr && *number >= low && *number <= high) return *number;
  refuse(node->place,
         number != nullptr ? fmt::format("'{}' is {}", key, *number)
                           : fmt::format("'{}' is {}", key, node->what()),
         fmt::format("give a whole number {} ... {}", low, high));
  return fallback;
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  const TomlNode* node = find(key);
  std::vector<std::string> texts;
  if (node == nullptr) return texts;
  const auto add = [&](const TomlNode& item) {
    if (const std::string* text = item.text()) {
      texts.push_back(*text);
    } else {
      refuse(item.place, fmt::format("'{}' holds {}, not a text", key, item.what()), "write it in quotes");
    }
  };
  if (node->kind == TomlNode::Kind::list) {
    for (const TomlNode& item : node->items) add(item);
  } else {
    add(*node);
  }
  return texts;
}

void TableReader::refuse(const Place& place, std::string what, std::string hint) {
  refuse({Fault::bad_input, std::move(what), to_string(place), std::move(hint)});
}

void TableReader::refuse(const Error& error) {
  if (!error_) error_ = error;
}

Status TableReader::status() const {
  if (error_) return *error_;
  for (std::size_t i = 0; i < table_->keys.size(); ++i) {
    const std::string& key = table_->keys[i];
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    return Error{Fault::bad_input, fmt::format("{} has an unknown key '{}'", name_, key),
                 to_string(table_->items[i].place), did_you_mean(key, asked_)};
  }
  if (missing_) return *missing_;
  return Done{};
}

}  // namespace forecost::record
