// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <fmt/format.h>
#include <pqxx/pqxx>

#include "forecost/search/postgresql_tables.h"

namespace forecost::search {
namespace {

constexpr int schema_lock = 0x46435374;

/// Step i brings a database from version i to i + 1.
constexpr const char* migrations[] = {R"sql(
CREATE TABLE forecost_study (id BIGSERIAL PRIMARY KEY, name TEXT UNIQUE NOT NULL, definition TEXT NOT NULL,
  seed BIGINT NOT NULL, created DOUBLE PRECISION NOT NULL, revision BIGINT NOT NULL DEFAULT 0);
CREATE TABLE forecost_trial (study BIGINT NOT NULL REFERENCES forecost_study(id) ON DELETE CASCADE,
  number BIGINT NOT NULL, design TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, owner TEXT NOT NULL,
  epoch BIGINT NOT NULL, lease_until DOUBLE PRECISION NOT NULL, metrics TEXT NOT NULL, failure TEXT NOT NULL,
  seconds DOUBLE PRECISION NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (study, number));
CREATE INDEX forecost_trial_revision ON forecost_trial(study, revision);
CREATE INDEX forecost_trial_running ON forecost_trial(study, number) WHERE state = 'running';
CREATE TABLE forecost_report (study BIGINT NOT NULL, number BIGINT NOT NULL, step BIGINT NOT NULL,
  metrics TEXT NOT NULL, PRIMARY KEY (study, number, step),
  FOREIGN KEY (study, number) REFERENCES forecost_trial(study, number) ON DELETE CASCADE);
CREATE TABLE forecost_late (id BIGSERIAL PRIMARY KEY,
  study BIGINT NOT NULL REFERENCES forecost_study(id) ON DELETE CASCADE, number BIGINT NOT NULL,
  epoch BIGINT NOT NULL, told DOUBLE PRECISION NOT NULL, state TEXT NOT NULL, metrics TEXT NOT NULL,
  failure TEXT NOT NULL, seconds DOUBLE PRECISION NOT NULL);
)sql"};
constexpr int schema_version = static_cast<int>(std::size(migrations));

}  // namespace

Status bring_up_to_date(pqxx::transaction_base& work) {
  work.exec(fmt::format("SELECT pg_advisory_xact_lock({})", schema_lock));
  work.exec("CREATE TABLE IF NOT EXISTS forecost_schema (version INTEGER NOT NULL)");
  const pqxx::result rows = work.exec("SELECT version FROM forecost_schema");
  const int version = rows.empty() ? 0 : rows[0][0].as<int>();
  if (version > schema_version) {
    return Error{Fault::unsupported,
                 fmt::format("the studies have schema {}, this build knows {}", version, schema_version), "",
                 "update Forecost, or name another --study"};
  }
  for (int step = version; step < schema_version; ++step) work.exec(migrations[step]);
  if (rows.empty()) {
    work.exec(fmt::format("INSERT INTO forecost_schema VALUES({})", schema_version));
  } else {
    work.exec(fmt::format("UPDATE forecost_schema SET version={}", schema_version));
  }
  return Done{};
}

}  // namespace forecost::search
