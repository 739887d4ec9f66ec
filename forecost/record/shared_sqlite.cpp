// SPDX-License-Identifier: Apache-2.0
#include "forecost/record/shared_sqlite.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

namespace forecost::record {

void share(SQLite::Database& sqlite, int patience_milliseconds) {
  constexpr int pause_milliseconds = 5;
  sqlite.setBusyTimeout(0);  // waiting is done here
  for (int waited = 0;; waited += pause_milliseconds) {
    try {
      sqlite.exec("PRAGMA foreign_keys=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
      sqlite.setBusyTimeout(patience_milliseconds);
      return;
    } catch (const SQLite::Exception& problem) {
      if (problem.getErrorCode() != SQLITE_BUSY || waited >= patience_milliseconds) throw;
    }
    sqlite3_sleep(pause_milliseconds);
  }
}

}  // namespace forecost::record
