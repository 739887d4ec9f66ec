// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/options.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace forecost::search {

OptionReader::OptionReader(std::string_view strategy, const nlohmann::json& options)
    : strategy_(strategy), options_(&options) {
  if (!options.is_object() && !options.is_null()) {
    refuse("the options of a strategy are a table", "write name = value for each option");
  }
}

void OptionReader::refuse(std::string what, std::string hint) {
  if (!error_) error_ = Error{Fault::bad_input, std::move(what), strategy_, std::move(hint)};
}

double OptionReader::number(std::string_view name, double fallback, double low, double high) {
  names_.emplace_back(name);
  if (!options_->is_object()) return fallback;
  const auto found = options_->find(std::string(name));
  if (found == options_->end()) return fallback;
  const double value = found->is_number() ? found->get<double>() : std::nan("");
  if (value >= low && value <= high) return value;
  refuse(fmt::format("option {} is {}", name, found->dump()),
         fmt::format("give a number from {} to {}", low, high));
  return fallback;
}

int OptionReader::integer(std::string_view name, int fallback, int low, int high) {
  const double value = number(name, fallback, low, high);
  if (value == std::nearbyint(value)) return static_cast<int>(value);
  refuse(fmt::format("option {} is {}", name, value), "give a whole number");
  return fallback;
}

std::string OptionReader::choice(std::string_view name, std::span<const std::string_view> choices) {
  names_.emplace_back(name);
  std::string fallback(choices.front());
  if (!options_->is_object()) return fallback;
  const auto found = options_->find(std::string(name));
  if (found == options_->end()) return fallback;
  if (found->is_string()) {
    auto value = found->get<std::string>();
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
  }
  refuse(fmt::format("option {} is {}", name, found->dump()),
         fmt::format("choose one of {}", fmt::join(choices, ", ")));
  return fallback;
}

Status OptionReader::status() const {
  if (error_) return *error_;
  if (!options_->is_object()) return Done{};
  for (const auto& item : options_->items()) {
    if (std::find(names_.begin(), names_.end(), item.key()) != names_.end()) continue;
    const std::string hint = names_.empty() ? "this strategy has no options"
                                            : fmt::format("the options are {}", fmt::join(names_, ", "));
    return Error{Fault::bad_input, fmt::format("there is no option {}", item.key()), strategy_, hint};
  }
  return Done{};
}

}  // namespace forecost::search
