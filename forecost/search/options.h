// SPDX-License-Identifier: Apache-2.0
/// Options of a strategy, read from JSON with defaults and ranges.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "forecost/outcome/outcome.h"

namespace forecost::search {

/// Ask for every option that exists, then for `status`.
class OptionReader {
 public:
  /// `options`: an object or null.
  OptionReader(std::string_view strategy, const nlohmann::json& options);

  int integer(std::string_view name, int fallback, int low, int high);
  double number(std::string_view name, double fallback, double low, double high);
  std::string choice(std::string_view name,
                     std::span<const std::string_view> choices);  ///< default: the first

  /// The first `bad_input`, also for an option that nobody asked for. `where` is the strategy.
  Status status() const;

 private:
  void refuse(std::string what, std::string hint);

  std::string strategy_;
  const nlohmann::json* options_;
  std::vector<std::string> names_;
  std::optional<Error> error_;
};

}  // namespace forecost::search
