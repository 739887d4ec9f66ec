// SPDX-License-Identifier: Apache-2.0
/// The tables of Optuna's SQLite storage, as they are. SQLiteCpp's exceptions pass through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "forecost/outcome/outcome.h"

namespace SQLite {
class Database;
}

namespace forecost::search {

/// A parameter of one trial. `value`: the number; the index of a choice.
struct OptunaParameter {
  std::string name;
  double value = 0;
  nlohmann::json distribution;  ///< {"name": "IntDistribution", "attributes": {...}}
};

struct OptunaTrial {  // NOLINT(bugprone-exception-escape): moving JSON throws nothing
  std::string state;  ///< COMPLETE, PRUNED, FAIL, RUNNING or WAITING
  std::vector<OptunaParameter> parameters;
  std::vector<std::optional<double>> values;           ///< by objective; nothing where not finite or absent
  std::vector<std::pair<std::int64_t, double>> steps;  ///< finite intermediate values
  nlohmann::json user;                                 ///< attributes: {"key": value}
  nlohmann::json system;
  double seconds = 0;
};

struct OptunaTables {  // NOLINT(bugprone-exception-escape)
  std::string name;
  std::vector<bool> minimise;  ///< by objective
  nlohmann::json user;
  nlohmann::json system;
  std::vector<OptunaTrial> trials;  ///< by number
};

/// Makes the tables in an empty file. Fails: `bad_input` for a file of another program; `unsupported` for
/// another schema than ours.
Status make_optuna_tables(SQLite::Database& sqlite, const std::string& file);
/// Fails as above, also for an empty file.
Status check_optuna_tables(SQLite::Database& sqlite, const std::string& file);
/// `name` may be empty where there is one study. Fails: `not_found`; `bad_input` for malformed JSON.
Result<OptunaTables> read_optuna_tables(SQLite::Database& sqlite, const std::string& file,
                                        const std::string& name);

}  // namespace forecost::search
