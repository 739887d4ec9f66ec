// SPDX-License-Identifier: Apache-2.0
/// A TOML file as a tree that knows its lines, and readers of its tables that refuse what they do not know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::record {

/// Where in a file; "study.toml:3:7" is what an error says.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

std::string to_string(const Place& place);

struct TomlNode {
  enum class Kind { scalar, list, table };
  Kind kind = Kind::scalar;
  std::variant<std::string, bool, std::int64_t, double> scalar;
  std::vector<TomlNode> items;    ///< of a list, or the values of a table in the order of the file
  std::vector<std::string> keys;  ///< of a table, one per item
  Place place;

  const TomlNode* find(std::string_view key) const;
  std::optional<double> number() const;  ///< of an integer or a float
  const std::string* text() const;
  nlohmann::json json() const;
  /// "a number", "a text", "a list": for errors.
  std::string_view what() const;
};

/// `name`: what errors call the file. Fails: `bad_input` with line and column. Dates become texts.
Result<TomlNode> parse_toml(std::string_view text, const std::string& name);

/// Ask for every key that exists, then for `status`. Errors carry line and column; the first one counts, and
/// a key that nobody asked for counts before one that is missing, as it is mostly the same mistake.
class TableReader {
 public:
  /// `table`: a node; anything but a table is an error. `name`: what errors call it, "[objective]".
  TableReader(const TomlNode& table, std::string name);

  const TomlNode* find(std::string_view key);
  const TomlNode* require(std::string_view key, std::string_view example);
  bool has(std::string_view key) const { return table_->find(key) != nullptr; }

  std::string text(std::string_view key, std::string fallback);
  bool flag(std::string_view key, bool fallback);
  double number(std::string_view key, double fallback, double low, double high);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t low, std::int64_t high);
  /// One text, or a list of them.
  std::vector<std::string> texts(std::string_view key);

  void refuse(const Place& place, std::string what, std::string hint);
  void refuse(const Error& error);
  const Place& place() const { return table_->place; }
  Status status() const;

 private:
  const TomlNode* table_;
  std::string name_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
  std::optional<Error> missing_;
};

}  // namespace forecost::record
