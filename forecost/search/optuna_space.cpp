// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/optuna_space.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace forecost::search {
namespace {

using nlohmann::json;

constexpr double most_steps = 1000;

Error changed(const std::string& name) {
  return {Fault::unsupported,
          fmt::format("parameter '{}' has other choices or another kind in other trials", name), name,
          "export these trials from Optuna as studies of their own"};
}

std::optional<double> number_in(const json& attributes, const char* key) {
  if (!attributes.contains(key) || !attributes[key].is_number()) return std::nullopt;
  return attributes[key].get<double>();
}

const OptunaParameter* find(const OptunaTrial& trial, const std::string& name) {
  const auto found = std::find_if(trial.parameters.begin(), trial.parameters.end(),
                                  [&name](const OptunaParameter& p) { return p.name == name; });
  return found == trial.parameters.end() ? nullptr : &*found;
}

json number(double value, bool whole) {
  if (whole && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return value;
}

/// Values of one parameter in the trials that have another one.
struct Deciding {
  bool decides = false;  ///< no trial that lacks the other one has such a value
  std::set<double> with;
  std::size_t count = 0;  ///< different values in all
};

Deciding deciding_values(const std::vector<const OptunaTrial*>& trials, const std::string& missing,
                         const std::string& parent) {
  Deciding result;
  std::set<double> without;
  for (const OptunaTrial* trial : trials) {
    const OptunaParameter* deciding = find(*trial, parent);
    const bool here = find(*trial, missing) != nullptr;
    if (deciding == nullptr && here) return {};
    if (deciding != nullptr) (here ? result.with : without).insert(deciding->value);
  }
  result.count = result.with.size() + without.size();
  result.decides =
      !result.with.empty() && std::none_of(result.with.begin(), result.with.end(),
                                           [&without](double value) { return without.contains(value); });
  return result;
}

}  // namespace

std::string optuna_word(const std::string& name) {
  std::string word;
  for (const char c : name) {
    word +=
        std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80 ? c : '_';
  }
  if (word.empty() || std::isdigit(static_cast<unsigned char>(word.front())) != 0) word.insert(0, "_");
  return word;
}

/// The first trial that has a parameter defines it, later ones may widen its range.
Status OptunaSpace::widen(Column& column, const OptunaParameter& parameter) {
  const std::string kind = parameter.distribution["name"].get<std::string>();
  const json& attributes = parameter.distribution["attributes"];
  const bool first = column.kind.empty();
  if (kind == "CategoricalDistribution" && attributes.contains("choices") &&
      attributes["choices"].is_array()) {
    std::vector<json> choices = attributes["choices"].get<std::vector<json>>();
    for (json& choice : choices) {
      if (choice.is_null()) choice = "None";
    }
    if (!first && choices != column.choices) return changed(column.name);
    column.kind = "categorical";
    column.choices = std::move(choices);
    return Done{};
  }
  const auto low = number_in(attributes, "low");
  const auto high = number_in(attributes, "high");
  const bool whole = kind == "IntDistribution";
  if ((!whole && kind != "FloatDistribution") || !low || !high) {
    return Error{Fault::unsupported, fmt::format("parameter '{}' has a {}", column.name, kind), column.name,
                 "known are Float, Int and Categorical distributions"};
  }
  const double step = number_in(attributes, "step").value_or(0);
  const bool log = attributes.value("log", json(false)) == true;
  if (first) {
    column.kind = whole ? "integer" : "real";
    column.whole = whole;
    column.low = *low;
    column.high = *high;
    column.step = step;
    column.log = log;
    return Done{};
  }
  if (column.kind != (whole ? "integer" : "real") || column.step != step) return changed(column.name);
  column.log = column.log && log;
  column.low = std::min(column.low, *low);
  column.high = std::max(column.high, *high);
  return Done{};
}

/// A step of more than one becomes choices with an order.
void OptunaSpace::settle(Column& column) const {
  if (column.kind == "categorical") {
    column.word = optuna_word(column.name);
  } else {
    const bool stepped = column.whole ? column.step > 1 : column.step > 0;
    const double steps = stepped ? std::floor((column.high - column.low) / column.step + 1e-9) : most_steps;
    if (steps < most_steps) {
      column.kind = "ordinal";
      for (double i = 0; i <= steps; ++i) {
        column.choices.push_back(number(column.low + i * column.step, column.whole));
      }
    }
    column.word = optuna_word(column.name);
  }
  const auto taken = [this, &column](const std::string& word) {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& other) { return &other != &column && other.word == word; });
  };
  while (taken(column.word)) column.word += "_";
}

Result<OptunaSpace> OptunaSpace::of(const OptunaTables& study) {
  OptunaSpace space;
  for (const OptunaTrial& trial : study.trials) {
    for (const OptunaParameter& parameter : trial.parameters) {
      auto column = std::find_if(space.columns_.begin(), space.columns_.end(),
                                 [&parameter](const Column& c) { return c.name == parameter.name; });
      if (column == space.columns_.end()) {
        space.columns_.emplace_back();
        column = std::prev(space.columns_.end());
        column->name = parameter.name;
      }
      FORECOST_TRY([[maybe_unused]] const Done done, widen(*column, parameter));
    }
  }
  for (Column& column : space.columns_) space.settle(column);
  FORECOST_TRY([[maybe_unused]] const Done found, space.find_conditions(study));
  return space;
}

Status OptunaSpace::find_conditions(const OptunaTables& study) {
  std::vector<const OptunaTrial*> whole;
  for (const OptunaTrial& trial : study.trials) {
    if (trial.state == "COMPLETE" || trial.state == "PRUNED") whole.push_back(&trial);
  }
  std::vector<Column> settled;
  std::vector<Column> open;
  for (Column& column : columns_) {
    const bool always = std::all_of(whole.begin(), whole.end(), [&column](const OptunaTrial* trial) {
      return search::find(*trial, column.name) != nullptr;
    });
    (always ? settled : open).push_back(std::move(column));
  }
  // A parameter that is missing may itself decide over others, so what is settled grows. The one with the
  // fewest values decides: among many values some are apart by chance.
  while (!open.empty()) {
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    std::size_t chosen = 0;
    const Column* parent = nullptr;
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const Column& candidate : settled) {
        const Deciding deciding = deciding_values(whole, open[i].name, candidate.name);
        if (candidate.kind == "real" || !deciding.decides || deciding.count >= fewest) continue;
        fewest = deciding.count;
        chosen = i;
        parent = &candidate;
      }
    }
    if (parent == nullptr) break;
    Column column = std::move(open[chosen]);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(chosen));
    column.parent = parent->word;
    column.parent_values = json::array();
    for (const double value : deciding_values(whole, column.name, parent->name).with) {
      column.parent_values.push_back(value_of(*parent, value));
    }
    settled.push_back(std::move(column));
  }
  columns_ = std::move(settled);
  if (open.empty()) return Done{};
  return Error{
      Fault::unsupported,
      fmt::format("parameter '{}' is missing in some trials, for no value of another one", open.front().name),
      open.front().name, "a space here says when a parameter is active"};
}

std::string OptunaSpace::definition() const {
  std::string text;
  for (const Column& column : columns_) {
    text += fmt::format("{} = {{ type = \"{}\"", column.word, column.kind);
    if (column.choices.empty()) {
      text += fmt::format(", low = {}, high = {}", number(column.low, column.whole).dump(),
                          number(column.high, column.whole).dump());
      if (column.log) text += ", log = true";
    } else {
      text += ", choices = " + json(column.choices).dump();
    }
    if (!column.parent.empty()) {
      text += fmt::format(", when = {{ {} = {} }}", column.parent, column.parent_values.dump());
    }
    text += " }\n";
  }
  return text;
}

json OptunaSpace::value_of(const Column& column, double code) {
  if (column.choices.empty()) return number(code, column.whole);
  const double index = column.kind == "categorical" ? code : std::round((code - column.low) / column.step);
  const bool there = index >= 0 && index < static_cast<double>(column.choices.size());
  return there ? column.choices[static_cast<std::size_t>(index)] : json();
}

const OptunaSpace::Column* OptunaSpace::find(const std::string& name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&name](const Column& column) { return column.name == name; });
  return found == columns_.end() ? nullptr : &*found;
}

json OptunaSpace::design(const OptunaTrial& trial) const {
  json object = json::object();
  for (const OptunaParameter& parameter : trial.parameters) {
    if (const Column* column = find(parameter.name))
      object[column->word] = value_of(*column, parameter.value);
  }
  return object;
}

}  // namespace forecost::search
