// SPDX-License-Identifier: Apache-2.0
/// Parts of the PostgreSQL store that need no claim: its tables, and reading from them. Each works inside a
/// transaction of the caller; libpqxx's exceptions pass through.
#pragma once

#include <string>
#include <vector>

#include "forecost/search/study_store.h"

namespace pqxx {
class transaction_base;
}

namespace forecost::search {

/// Makes the tables, or brings older ones up to date; processes take turns. Fails: `unsupported` when a newer
/// Forecost wrote them.
Status bring_up_to_date(pqxx::transaction_base& work);

std::vector<std::string> study_names(pqxx::transaction_base& work);
Result<StudyInfo> read_study_info(pqxx::transaction_base& work, const std::string& name);
/// See StudyStore::changes. One statement.
Result<Changes> read_changes(pqxx::transaction_base& work, std::int64_t study, const Space& space,
                             std::int64_t after);

}  // namespace forecost::search
