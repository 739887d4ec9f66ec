// SPDX-License-Identifier: Apache-2.0
/// SQLite files that several processes open, maybe all at once and before they exist.
#pragma once

namespace SQLite {
class Database;
}

namespace forecost::record {

/// Foreign keys, write-ahead log, and a connection that waits for others' locks for up to
/// `patience_milliseconds`, here and later. Switching a new file to the log needs a lock that SQLite does not
/// wait for when two connections want it at the same time (its busy handler is passed over where waiting
/// could block both); so this asks again. Throws SQLite::Exception.
void share(SQLite::Database& sqlite, int patience_milliseconds);

}  // namespace forecost::record
