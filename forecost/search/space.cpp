// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/space.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace forecost::search {
namespace {

using nlohmann::json;

constexpr double inactive = std::numeric_limits<double>::quiet_NaN();
constexpr double largest_whole = 9007199254740992.0;  // 2^53: beyond it not every integer is a double

bool has_choices(const Parameter& p) {
  return p.kind == Parameter::Kind::ordinal || p.kind == Parameter::Kind::categorical;
}

bool whole(double value) {
  return std::nearbyint(value) == value && std::abs(value) <= largest_whole;
}

double first_value(const Parameter& p) {
  return has_choices(p) ? 0 : p.low;
}
double last_value(const Parameter& p) {
  return has_choices(p) ? static_cast<double>(p.choices.size()) - 1 : p.high;
}

std::string range_text(const Parameter& p) {
  if (has_choices(p)) return fmt::format("one of {}", fmt::join(p.choices, ", "));
  return fmt::format("{} {} ... {}", p.discrete() ? "a whole number" : "a number", p.low, p.high);
}

bool in_range(const Parameter& p, double value) {
  if (!(value >= first_value(p) && value <= last_value(p))) return false;
  return !p.discrete() || whole(value);
}

/// Ends of the unit interval in the parameter's own measure: half a cell beyond the outer values where the
/// parameter is discrete, so that decode cuts the interval into one cell per value.
struct Measure {
  double begin, end;
  bool log;
};

Measure measure_of(const Parameter& p) {
  const double half = p.discrete() ? 0.5 : 0.0;
  const bool log = p.log && !has_choices(p);
  const double begin = first_value(p) - half;
  const double end = last_value(p) + half;
  return log ? Measure{std::log(begin), std::log(end), true} : Measure{begin, end, false};
}

double to_unit(const Parameter& p, double value) {
  const Measure m = measure_of(p);
  return std::clamp(((m.log ? std::log(value) : value) - m.begin) / (m.end - m.begin), 0.0, 1.0);
}

double clamped(const Parameter& p, double value) {
  // + 0.0 turns -0 into 0, so that equal designs have equal bits.
  return std::clamp(p.discrete() ? std::nearbyint(value) : value, first_value(p), last_value(p)) + 0.0;
}

double from_unit(const Parameter& p, double unit) {
  const Measure m = measure_of(p);
  const double u = std::isnan(unit) ? 0.5 : std::clamp(unit, 0.0, 1.0);
  const double value = m.begin + u * (m.end - m.begin);
  return clamped(p, m.log ? std::exp(value) : value);
}

Error bad(const Parameter& p, std::string what, std::string hint) {
  return {Fault::bad_input, std::move(what), p.name, std::move(hint)};
}

Status check_numbers(const Parameter& p) {
  if (!std::isfinite(p.low) || !std::isfinite(p.high) || p.low > p.high ||
      (!p.discrete() && p.low == p.high)) {
    return bad(p, fmt::format("the range {} ... {} is empty", p.low, p.high),
               "give a low end that is below the high end");
  }
  if (p.discrete() && (!whole(p.low) || !whole(p.high))) {
    return bad(p, fmt::format("the range {} ... {} of an integer has a fraction", p.low, p.high),
               "give whole numbers, or make the parameter real");
  }
  if (p.log && p.low <= 0) {
    return bad(p, fmt::format("the logarithm of the range {} ... {} does not exist", p.low, p.high),
               "give a low end above 0, or leave log away");
  }
  return Done{};
}

Status check_choices(const Parameter& p) {
  if (p.choices.empty()) return bad(p, "the parameter has no choices", "list at least one value");
  std::vector<json> seen;
  for (const std::string& choice : p.choices) {
    json value = json::parse(choice, nullptr, false);
    if (value.is_discarded()) {
      return bad(p, fmt::format("choice {} is not a JSON value", choice), "quote texts: \"relu\"");
    }
    if (std::find(seen.begin(), seen.end(), value) != seen.end()) {
      return bad(p, fmt::format("choice {} is listed twice", choice), "list every choice once");
    }
    seen.push_back(std::move(value));
  }
  return Done{};
}

Status check_condition(const std::vector<Parameter>& parameters, std::size_t index) {
  const Parameter& p = parameters[index];
  if (!p.when) return Done{};
  if (p.when->parameter >= index) {
    return bad(p, "the condition names a parameter that does not come earlier",
               "move the parameter behind the one its condition names");
  }
  const Parameter& parent = parameters[p.when->parameter];
  if (!parent.discrete()) {
    return bad(p, fmt::format("the condition names '{}', which is real", parent.name),
               "conditions need an integer, an ordinal or a categorical parameter");
  }
  if (p.when->values.empty()) {
    return bad(p, "the condition lists no values, so the parameter is never active",
               fmt::format("give {}", range_text(parent)));
  }
  for (const double value : p.when->values) {
    if (!in_range(parent, value)) {
      return bad(p, fmt::format("the condition needs a value that '{}' never has", parent.name),
                 fmt::format("give {}", range_text(parent)));
    }
  }
  return Done{};
}

bool holds(const Condition& condition, const std::vector<double>& values) {
  const double value = values[condition.parameter];
  return std::find(condition.values.begin(), condition.values.end(), value) != condition.values.end();
}

json value_json(const Parameter& p, double value) {
  if (has_choices(p)) return json::parse(p.choices[static_cast<std::size_t>(value)]);
  if (p.discrete()) return static_cast<std::int64_t>(value);
  return value;
}

std::optional<double> code_of(const Parameter& p, const json& value) {
  if (!has_choices(p)) return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
  for (std::size_t i = 0; i < p.choices.size(); ++i) {
    if (json::parse(p.choices[i]) == value) return static_cast<double>(i);
  }
  return std::nullopt;
}

}  // namespace

std::int64_t Parameter::count() const {
  if (has_choices(*this)) return static_cast<std::int64_t>(choices.size());
  return discrete() ? static_cast<std::int64_t>(high - low) + 1 : 0;
}

bool same(const Design& a, const Design& b) {
  const auto alike = [](double x, double y) {
    return (std::isnan(x) && std::isnan(y)) ||
           std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  };
  return std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), alike);
}

std::vector<std::string> Parameter::plain_choices() const {
  std::vector<std::string> texts;
  for (const std::string& choice : choices) {
    const json value = json::parse(choice);
    texts.push_back(value.is_string() ? value.get<std::string>() : choice);
  }
  return texts;
}

Result<Space> Space::make(std::vector<Parameter> parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    if (p.name.empty()) {
      return Error{Fault::bad_input, fmt::format("parameter {} has no name", i), "", "name it"};
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (parameters[j].name == p.name) {
        return bad(p, "two parameters have this name", "give each parameter a name of its own");
      }
    }
    FORECOST_TRY([[maybe_unused]] const Done range, has_choices(p) ? check_choices(p) : check_numbers(p));
    FORECOST_TRY([[maybe_unused]] const Done condition, check_condition(parameters, i));
  }
  Space space;
  space.parameters_ = std::move(parameters);
  return space;
}

std::optional<std::size_t> Space::find(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (parameters_[i].name == name) return i;
  }
  return std::nullopt;
}

bool Space::active(std::size_t parameter, const Design& design) const {
  FORECOST_EXPECTS(parameter < size() && design.values.size() == size(), "a design of this space");
  const auto& when = parameters_[parameter].when;
  // What is not active is NaN, so a chain of conditions needs no walk.
  return !when || holds(*when, design.values);
}

Status Space::check(const Design& design) const {
  if (design.values.size() != size()) {
    return Error{Fault::bad_input,
                 fmt::format("a design with {} values in a space of {}", design.values.size(), size()), "",
                 "give one value per parameter"};
  }
  for (std::size_t i = 0; i < size(); ++i) {
    const Parameter& p = parameters_[i];
    const double value = design.values[i];
    if (!active(i, design)) {
      if (!std::isnan(value)) {
        return bad(p, fmt::format("{} is set where the parameter is not active", value),
                   fmt::format("it is active with certain values of '{}' only",
                               parameters_[p.when->parameter].name));
      }
    } else if (!in_range(p, value)) {
      return bad(p, fmt::format("{} is not a value of this parameter", value),
                 fmt::format("give {}", range_text(p)));
    }
  }
  return Done{};
}

Design Space::repaired(Design design) const {
  design.values.resize(size(), inactive);
  for (std::size_t i = 0; i < size(); ++i) {
    double& value = design.values[i];
    if (!active(i, design)) {
      value = inactive;
    } else {
      value = std::isnan(value) ? from_unit(parameters_[i], 0.5) : clamped(parameters_[i], value);
    }
  }
  return design;
}

std::vector<double> Space::encode(const Design& design) const {
  FORECOST_EXPECTS(design.values.size() == size(), "one value per parameter");
  std::vector<double> unit(size());
  for (std::size_t i = 0; i < size(); ++i) {
    unit[i] = std::isnan(design.values[i]) ? 0.5 : to_unit(parameters_[i], design.values[i]);
  }
  return unit;
}

Design Space::decode(std::span<const double> unit) const {
  FORECOST_EXPECTS(unit.size() == size(), "one coordinate per parameter");
  Design design{std::vector<double>(size(), inactive)};
  for (std::size_t i = 0; i < size(); ++i) {
    if (active(i, design)) design.values[i] = from_unit(parameters_[i], unit[i]);
  }
  return design;
}

double Space::cardinality() const {
  // A parameter has at most one condition, so conditions form a forest: the designs below a parameter are the
  // sum over its values of the products over the children that are active there. Children come later.
  std::vector<double> below(size());
  double total = 1;
  for (std::size_t reversed = size(); reversed > 0; --reversed) {
    const std::size_t i = reversed - 1;
    const Parameter& p = parameters_[i];
    if (!p.discrete()) {
      below[i] = std::numeric_limits<double>::infinity();
    } else {
      std::vector<double> special;  // values that some child is active at
      for (const Parameter& child : parameters_) {
        if (!child.when || child.when->parameter != i) continue;
        special.insert(special.end(), child.when->values.begin(), child.when->values.end());
      }
      std::sort(special.begin(), special.end());
      special.erase(std::unique(special.begin(), special.end()), special.end());
      below[i] = static_cast<double>(p.count()) - static_cast<double>(special.size());
      for (const double value : special) {
        double product = 1;
        for (std::size_t c = i + 1; c < size(); ++c) {
          const auto& when = parameters_[c].when;
          if (!when || when->parameter != i) continue;
          if (std::find(when->values.begin(), when->values.end(), value) != when->values.end()) {
            product *= below[c];
          }
        }
        below[i] += product;
      }
    }
    if (!p.when) total *= below[i];
  }
  return total;
}

json Space::to_json(const Design& design) const {
  FORECOST_EXPECTS(design.values.size() == size(), "one value per parameter");
  json object = json::object();
  for (std::size_t i = 0; i < size(); ++i) {
    if (!std::isnan(design.values[i])) {
      object[parameters_[i].name] = value_json(parameters_[i], design.values[i]);
    }
  }
  return object;
}

Result<Design> Space::from_json(const json& object) const {
  if (!object.is_object()) {
    return Error{Fault::bad_input, "the design is not a JSON object", "", R"(write {"name": value})"};
  }
  Design design{std::vector<double>(size(), inactive)};
  for (const auto& item : object.items()) {
    const std::optional<std::size_t> index = find(item.key());
    if (!index) {
      std::vector<std::string_view> names;
      for (const Parameter& p : parameters_) names.emplace_back(p.name);
      return Error{Fault::bad_input, "the space has no such parameter", item.key(),
                   fmt::format("its parameters are {}", fmt::join(names, ", "))};
    }
    if (item.value().is_null()) continue;
    const Parameter& p = parameters_[*index];
    const std::optional<double> code = code_of(p, item.value());
    if (!code) {
      return bad(p, fmt::format("{} is not a value of this parameter", item.value().dump()),
                 fmt::format("give {}", range_text(p)));
    }
    design.values[*index] = *code + 0.0;
  }
  for (std::size_t i = 0; i < size(); ++i) {
    if (active(i, design) && std::isnan(design.values[i])) {
      return bad(parameters_[i], "the design has no value for this parameter",
                 fmt::format("give {}", range_text(parameters_[i])));
    }
  }
  FORECOST_TRY([[maybe_unused]] const Done inside, check(design));
  return design;
}

}  // namespace forecost::search
