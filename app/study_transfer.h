// SPDX-License-Identifier: Apache-2.0
/// Studies out of a store and into one: JSON lines, and Optuna's SQLite storage.
#pragma once

#include <string>

#include "app/session.h"

namespace forecost::app {

struct TransferOptions {
  std::string store;
  std::string name;              ///< export: of the study; import: of the one in the file, may be empty
  std::string new_name;          ///< import: what it is called here; empty: as in the file
  std::string file;              ///< export of JSON lines: empty for standard output
  std::string format = "jsonl";  ///< export: or optuna
};

Status export_study(const TransferOptions& options, const Session& session);
/// The file says by its first bytes what it is. The study must not have trials yet.
Status import_study(const TransferOptions& options, const Session& session);

}  // namespace forecost::app
