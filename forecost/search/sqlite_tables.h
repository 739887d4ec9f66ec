// SPDX-License-Identifier: Apache-2.0
/// Parts of the SQLite store that need no claim: its tables, and reading from them. SQLiteCpp's exceptions
/// pass through. `file` is what errors call the database.
#pragma once

#include <string>
#include <vector>

#include "forecost/search/study_store.h"

namespace SQLite {
class Database;
}

namespace forecost::search {

/// Makes the tables, or brings older ones up to date, in one transaction. Fails: `bad_input` for a file of
/// another program; `unsupported` when a newer Forecost wrote it.
Status bring_up_to_date(SQLite::Database& sqlite, const std::string& file);

std::vector<std::string> study_names(SQLite::Database& sqlite);
Result<StudyInfo> read_study_info(SQLite::Database& sqlite, const std::string& file, const std::string& name);
/// See StudyStore::changes. A transaction of its own.
Result<Changes> read_changes(SQLite::Database& sqlite, std::int64_t study, const Space& space,
                             std::int64_t after);

}  // namespace forecost::search
