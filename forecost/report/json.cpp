// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "forecost/report/formats.h"

namespace forecost::report {
namespace {

using Json = nlohmann::ordered_json;

struct JsonOf {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(Seconds time) const { return milliseconds(time); }
  Json operator()(Joules energy) const { return energy.value * 1e3; }
  Json operator()(Bytes size) const { return size.value; }
  Json operator()(Macs count) const { return count.value; }
  Json operator()(Operations count) const { return count.value; }
  Json operator()(Share share) const { return share.value; }
  Json operator()(SignedError error) const { return error.value; }
  template <typename T>
  Json operator()(const T& plain) const {
    return plain;
  }
};

void put(Json& object, const std::string& key, Json value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string::npos) {
    object[key] = std::move(value);
  } else {
    put(object[key.substr(0, dot)], key.substr(dot + 1), std::move(value));
  }
}

Json rows_of(const Table& table) {
  Json rows = Json::array();
  for (const auto& values : table.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].audience == Audience::people) continue;
      put(row, table.columns[i].key, std::visit(JsonOf{}, values[i]));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json object_of(const Report& report) {
  Json object = Json::object();
  object["format"] = report.kind;
  object["version"] = report.version;
  for (const Fact& fact : report.facts) {
    if (fact.audience != Audience::people) put(object, fact.key, std::visit(JsonOf{}, fact.value));
  }
  for (const Table& table : report.tables) {
    if (table.audience != Audience::people) object[table.key] = rows_of(table);
  }
  Json warnings = Json::array();
  for (const Warning& warning : report.warnings) {
    warnings.push_back({{"what", warning.what}, {"advice", warning.advice}});
  }
  object["warnings"] = std::move(warnings);
  return object;
}

}  // namespace

std::string render_json(std::span<const Report> reports) {
  Json document = Json::array();
  for (const Report& report : reports) document.push_back(object_of(report));
  const Json& written = reports.size() == 1 ? document.front() : document;
  return written.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace forecost::report
