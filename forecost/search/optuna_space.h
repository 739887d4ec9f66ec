// SPDX-License-Identifier: Apache-2.0
/// The space that the trials of an Optuna study were drawn from. Optuna keeps none: each trial has its own
/// distributions, and a parameter may be missing.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "forecost/outcome/outcome.h"
#include "forecost/search/optuna_tables.h"

namespace forecost::search {

class OptunaSpace {
 public:
  /// Ranges are the union over all trials; whole numbers and reals with a step become ordinal choices; other
  /// characters than letters, digits and _ in names become _; None becomes "None". A parameter that some
  /// complete or pruned trials lack is active with those values of another one, which has the fewest values,
  /// that the trials that have it have and no trial that lacks it has. Fails: `unsupported` where there is no
  /// such other one, or a parameter changes its kind or its choices.
  static Result<OptunaSpace> of(const OptunaTables& study);

  /// Lines of a study file: `name = { type = ... }`.
  std::string definition() const;
  /// {"name": value} of the parameters that the trial has.
  nlohmann::json design(const OptunaTrial& trial) const;

 private:
  struct Column {      // NOLINT(bugprone-exception-escape): moving JSON throws nothing
    std::string name;  ///< in Optuna
    std::string word;  ///< here
    std::string kind;  ///< real, integer, ordinal, categorical
    double low = 0, high = 0, step = 0;
    bool log = false;
    bool whole = false;  ///< numbers are integers
    std::vector<nlohmann::json> choices;
    std::string parent;            ///< of its condition
    nlohmann::json parent_values;  ///< list
  };

  static Status widen(Column& column, const OptunaParameter& parameter);
  Status find_conditions(const OptunaTables& study);
  void settle(Column& column) const;
  static nlohmann::json value_of(const Column& column, double code);
  const Column* find(const std::string& name) const;

  std::vector<Column> columns_;  ///< conditions name earlier ones
};

/// Letters, digits and _, not beginning with a digit.
std::string optuna_word(const std::string& name);

}  // namespace forecost::search
