// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study_parameters.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "forecost/outcome/nearest.h"

namespace forecost::search {
namespace {

const std::vector<std::string> kinds{"real", "integer", "ordinal", "categorical"};

Error at(const Place& place, std::string what, std::string hint) {
  return {Fault::bad_input, std::move(what), to_string(place), std::move(hint)};
}

bool is_identifier(const std::string& name) {
  const auto letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), letter) &&
         std::isdigit(static_cast<unsigned char>(name.front())) == 0;
}

/// The code of a value of an earlier parameter.
Result<double> code_of(const TomlNode& node, const Parameter& parent) {
  const nlohmann::json wanted = node.json();
  if (parent.choices.empty()) {
    if (const auto number = node.number()) return *number;
  }
  for (std::size_t i = 0; i < parent.choices.size(); ++i) {
    if (nlohmann::json::parse(parent.choices[i]) == wanted) return static_cast<double>(i);
  }
  return at(node.place, fmt::format("'{}' is never {}", parent.name, wanted.dump()),
            parent.choices.empty() ? fmt::format("give a number {} ... {}", parent.low, parent.high)
                                   : fmt::format("give one of {}", fmt::join(parent.choices, ", ")));
}

Result<Condition> read_condition(const TomlNode& node, const std::vector<Parameter>& earlier) {
  if (node.kind != TomlNode::Kind::table || node.items.size() != 1) {
    return at(node.place, "a condition names one parameter", R"(write when = { kind = ["residual"] })");
  }
  const std::string& name = node.keys.front();
  const auto parent =
      std::find_if(earlier.begin(), earlier.end(), [&name](const Parameter& p) { return p.name == name; });
  if (parent == earlier.end()) {
    std::vector<std::string> names;
    for (const Parameter& p : earlier) names.push_back(p.name);
    return at(node.items.front().place,
              fmt::format("the condition names '{}', which does not come earlier", name),
              did_you_mean(name, names));
  }
  Condition condition{static_cast<std::size_t>(parent - earlier.begin()), {}};
  const TomlNode& values = node.items.front();
  const std::vector<TomlNode> single{values};
  for (const TomlNode& value : values.kind == TomlNode::Kind::list ? values.items : single) {
    FORECOST_TRY(const double code, code_of(value, *parent));
    condition.values.push_back(code);
  }
  return condition;
}

Result<Parameter> read_parameter(const std::string& name, const TomlNode& node,
                                 const std::vector<Parameter>& earlier) {
  constexpr double far = std::numeric_limits<double>::max();
  TableReader reader(node, fmt::format("parameter '{}'", name));
  if (!is_identifier(name)) {
    reader.refuse(node.place, fmt::format("'{}' is no name for a parameter", name),
                  "use letters, digits and _, so that expressions can name it");
  }
  Parameter parameter{.name = name};
  reader.require("type", R"(type = "integer"; real, integer, ordinal or categorical)");
  const std::string kind = reader.text("type", kinds.front());
  const auto found = std::find(kinds.begin(), kinds.end(), kind);
  if (found == kinds.end()) {
    reader.refuse(node.find("type")->place, fmt::format("there is no type '{}'", kind),
                  did_you_mean(kind, kinds));
  } else {
    parameter.kind = static_cast<Parameter::Kind>(found - kinds.begin());
  }
  const bool choices =
      parameter.kind == Parameter::Kind::ordinal || parameter.kind == Parameter::Kind::categorical;
  if (choices) {
    const TomlNode* list = reader.require("choices", "choices = [1, 3, 5]");
    if (list != nullptr && list->kind != TomlNode::Kind::list) {
      reader.refuse(list->place, fmt::format("'choices' is {}", list->what()), "write a list: [1, 3, 5]");
    } else if (list != nullptr) {
      for (const TomlNode& item : list->items) parameter.choices.push_back(item.json().dump());
    }
  } else {
    reader.require("low", "low = 1");
    reader.require("high", "high = 8");
    parameter.low = reader.number("low", 0, -far, far);
    parameter.high = reader.number("high", 1, -far, far);
    parameter.log = reader.flag("log", false);
  }
  if (const TomlNode* when = reader.find("when")) {
    Result<Condition> condition = read_condition(*when, earlier);
    if (condition) {
      parameter.when = *std::move(condition);
    } else {
      reader.refuse(condition.error());
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done done, reader.status());
  return parameter;
}

}  // namespace

Result<Space> read_parameters(const TomlNode* table, std::vector<Parameter> start, const std::string& study) {
  if (table == nullptr || table->items.empty()) {
    if (start.empty()) {
      return Error{Fault::bad_input, "the study has no parameters", study,
                   "add [parameters] with width = { type = \"integer\", low = 8, high = 64 }, or "
                   "[network] with a built-in space"};
    }
    return Space::make(std::move(start));
  }
  if (table->kind != TomlNode::Kind::table) {
    return at(table->place, fmt::format("'parameters' is {}", table->what()), "write [parameters]");
  }
  for (std::size_t i = 0; i < table->items.size(); ++i) {
    FORECOST_TRY(Parameter parameter, read_parameter(table->keys[i], table->items[i], start));
    start.push_back(std::move(parameter));
  }
  Result<Space> space = Space::make(std::move(start));
  if (space) return space;
  const Error& error = space.error();
  const TomlNode* node = table->find(error.where);
  const Place& place = node != nullptr ? node->place : table->place;
  return at(place, fmt::format("parameter '{}': {}", error.where, error.what), error.hint);
}

}  // namespace forecost::search
