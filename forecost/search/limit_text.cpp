// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/limit_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "forecost/quantity/quantity.h"

namespace forecost::search {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 29> units{
    {{"", 1},       {"s", 1},         {"ms", 1e-3},        {"us", 1e-6}, {"ns", 1e-9},  {"min", 60},
     {"h", 3600},   {"B", 1},         {"kB", 1e3},         {"MB", 1e6},  {"GB", 1e9},   {"TB", 1e12},
     {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"J", 1},     {"mJ", 1e-3},  {"uJ", 1e-6},
     {"kJ", 1e3},   {"W", 1},         {"mW", 1e-3},        {"kW", 1e3},  {"%", 1e-2},   {"k", 1e3},
     {"M", 1e6},    {"G", 1e9},       {"T", 1e12},         {"Wh", 3600}, {"kWh", 3.6e6}}};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

}  // namespace

Result<Measured> parse_measured(std::string_view text) {
  const std::string_view words = trimmed(text);
  double number = 0;
  const auto [rest, fault] = std::from_chars(words.data(), words.data() + words.size(), number);
  if (fault != std::errc() || !std::isfinite(number)) {
    return Error{Fault::bad_input, fmt::format("\"{}\" does not begin with a number", text), "",
                 "write a number and its unit, as 5 ms, 1.15 GB or 2e6"};
  }
  const std::string_view name = trimmed({rest, static_cast<std::size_t>(words.data() + words.size() - rest)});
  for (const Unit& unit : units) {
    if (unit.name == name) return Measured{number * unit.factor, std::string(name)};
  }
  std::string known;
  for (const Unit& unit : units) known += fmt::format("{}{}", known.empty() ? "" : " ", unit.name);
  return Error{Fault::bad_input, fmt::format("there is no unit '{}'", name), "", "units are " + known};
}

Result<LimitText> split_limit(std::string_view text) {
  const std::size_t at = text.find_first_of("<>=");
  const bool good = at != std::string_view::npos && text[at] != '=' && at + 1 < text.size() &&
                    text[at + 1] == '=' && text.find_first_of("<>", at + 1) == std::string_view::npos;
  const std::string_view left = good ? trimmed(text.substr(0, at)) : std::string_view();
  const std::string_view right = good ? trimmed(text.substr(at + 2)) : std::string_view();
  if (left.empty() || right.empty()) {
    return Error{Fault::bad_input, fmt::format("\"{}\" is no limit", text), "",
                 R"(write one <= or >=, as "latency <= 5 ms" or "width * layers <= 512")"};
  }
  return LimitText{std::string(left), std::string(right), text[at] == '<'};
}

Result<Objective> parse_objective(const std::string& text, bool minimise) {
  Objective objective{.metric = text, .minimise = minimise};
  if (text.find_first_of("<>=") != std::string::npos) {
    FORECOST_TRY(const LimitText parts, split_limit(text));
    if (parts.at_most != minimise) {
      return Error{Fault::bad_input, fmt::format("\"{}\" bounds the objective from its good side", text), "",
                   minimise ? "write <= in minimise" : "write >= in maximise"};
    }
    FORECOST_TRY(const Measured worst, parse_measured(parts.right));
    objective.metric = parts.left;
    objective.worst = worst.value;
  }
  objective.unit = std::string(base_unit(objective.metric));
  return objective;
}

std::string to_text(double value, std::string_view unit) {
  if (unit == "s") return forecost::to_text(Seconds(value));
  if (unit == "B" && std::abs(value) < 9e18) return forecost::to_text(Bytes(std::llround(value)));
  for (const Unit& known : units) {
    if (known.name == unit)
      return fmt::format("{:.4g}{}{}", value / known.factor, unit.empty() ? "" : " ", unit);
  }
  return fmt::format("{:.4g} {}", value, unit);
}

std::string_view base_unit(std::string_view metric) {
  if (metric.starts_with("latency")) return "s";
  if (metric.starts_with("memory")) return "B";
  return "";
}

}  // namespace forecost::search
