// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "forecost/search/sqlite_tables.h"

namespace forecost::search {
namespace {

constexpr int application_id = 0x46435374;  // "FCSt"

/// Step i brings a file from version i to i + 1.
constexpr const char* migrations[] = {R"sql(
CREATE TABLE study (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, definition TEXT NOT NULL,
  seed INTEGER NOT NULL, created REAL NOT NULL, revision INTEGER NOT NULL DEFAULT 0);
CREATE TABLE trial (study INTEGER NOT NULL REFERENCES study(id) ON DELETE CASCADE, number INTEGER NOT NULL,
  design TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
  lease_until REAL NOT NULL, metrics TEXT NOT NULL, failure TEXT NOT NULL, seconds REAL NOT NULL,
  revision INTEGER NOT NULL, PRIMARY KEY (study, number)) WITHOUT ROWID;
CREATE INDEX trial_revision ON trial(study, revision);
CREATE INDEX trial_running ON trial(study, number) WHERE state = 'running';
CREATE TABLE report (study INTEGER NOT NULL, number INTEGER NOT NULL, step INTEGER NOT NULL,
  metrics TEXT NOT NULL, PRIMARY KEY (study, number, step),
  FOREIGN KEY (study, number) REFERENCES trial(study, number) ON DELETE CASCADE) WITHOUT ROWID;
CREATE TABLE late (id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id) ON DELETE CASCADE,
  number INTEGER NOT NULL, epoch INTEGER NOT NULL, told REAL NOT NULL, state TEXT NOT NULL,
  metrics TEXT NOT NULL, failure TEXT NOT NULL, seconds REAL NOT NULL);
)sql"};
constexpr int schema_version = static_cast<int>(std::size(migrations));

}  // namespace

Status bring_up_to_date(SQLite::Database& sqlite, const std::string& file) {
  SQLite::Transaction transaction(sqlite, SQLite::TransactionBehavior::IMMEDIATE);
  const int id = sqlite.execAndGet("PRAGMA application_id").getInt();
  const int version = sqlite.execAndGet("PRAGMA user_version").getInt();
  const bool fresh = version == 0 && sqlite.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (!fresh && id != application_id) {
    return Error{Fault::bad_input, "the database belongs to another program", file, "name another --study"};
  }
  if (version > schema_version) {
    return Error{Fault::unsupported,
                 fmt::format("the studies have schema {}, this build knows {}", version, schema_version),
                 file, "update Forecost, or name another --study"};
  }
  for (int step = version; step < schema_version; ++step) sqlite.exec(migrations[step]);
  sqlite.exec(
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, schema_version));
  transaction.commit();
  return Done{};
}

}  // namespace forecost::search
