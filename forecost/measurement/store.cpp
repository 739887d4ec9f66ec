// SPDX-License-Identifier: Apache-2.0
#include "forecost/measurement/store.h"

#include <system_error>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "forecost/device/card_json.h"
#include "forecost/measurement/kernel_json.h"
#include "forecost/record/shared_sqlite.h"

namespace forecost::measurement {
namespace {

using nlohmann::json;

constexpr int schema_version = 3;
constexpr int application_id = 0x46436f73;  // "FCos"
constexpr int wait_milliseconds = 10000;

constexpr const char* energy_table = R"sql(
CREATE TABLE energy (network INTEGER NOT NULL REFERENCES network(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  sensor TEXT NOT NULL, basis TEXT NOT NULL, joules REAL NOT NULL, above_idle REAL NOT NULL, watts REAL NOT NULL,
  content TEXT NOT NULL, PRIMARY KEY (network, position)) WITHOUT ROWID;
)sql";

constexpr const char* schema = R"sql(
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, card TEXT NOT NULL);
CREATE TABLE run (id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES device(id) ON DELETE CASCADE,
  started INTEGER NOT NULL, command TEXT NOT NULL, forecost_version TEXT NOT NULL, source TEXT NOT NULL DEFAULT '');
CREATE TABLE kernel (id INTEGER PRIMARY KEY, content TEXT UNIQUE NOT NULL);
CREATE TABLE network (id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES device(id) ON DELETE CASCADE,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL, kind TEXT NOT NULL, grp TEXT NOT NULL,
  batch INTEGER NOT NULL, evicted INTEGER NOT NULL, run_seconds TEXT NOT NULL, disturbed_blocks INTEGER NOT NULL,
  peak_memory INTEGER NOT NULL);
CREATE INDEX network_of_device ON network(device, kind, name);
CREATE TABLE kernel_time (network INTEGER NOT NULL REFERENCES network(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  name TEXT NOT NULL, kernel INTEGER NOT NULL REFERENCES kernel(id), seconds TEXT NOT NULL,
  grp TEXT, joules REAL, cells TEXT, PRIMARY KEY (network, position)) WITHOUT ROWID;
)sql";

/// Schema 1 knew no imported rows.
constexpr const char* from_schema_1 = R"sql(
ALTER TABLE run ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE kernel_time ADD COLUMN grp TEXT;
ALTER TABLE kernel_time ADD COLUMN joules REAL;
ALTER TABLE kernel_time ADD COLUMN cells TEXT;
)sql";

Error error_of(const SQLite::Exception& problem, const std::string& where) {
  switch (problem.getErrorCode()) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Fault::bad_input, "the file is not a readable SQLite database", where,
              "name another --home, or move the file away"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return {Fault::permission, "the measurement store cannot be opened for writing", where,
              "check that the folder exists and may be written, or name another --home"};
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return {Fault::exhausted, fmt::format("the measurement store cannot be written: {}", problem.what()),
              where, "free disk space; everything stored before is kept"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::failed, "another process holds the measurement store", where,
              "wait for the other forecost to finish"};
    default:
      return {Fault::failed, fmt::format("the measurement store failed: {}", problem.what()), where,
              "see the message"};
  }
}

json seconds_json(const std::vector<double>& seconds) {
  json list = json::array();
  for (const double s : seconds) list.push_back(s);
  return list;
}

void add_energies(SQLite::Database& sqlite, std::int64_t network, const std::vector<Energy>& energies) {
  SQLite::Statement insert(sqlite,
                           "INSERT INTO energy(network, position, sensor, basis, joules, above_idle, watts, "
                           "content) VALUES(?,?,?,?,?,?,?,?)");
  for (std::size_t i = 0; i < energies.size(); ++i) {
    insert.bind(1, network);
    insert.bind(2, static_cast<std::int64_t>(i));
    insert.bind(3, energies[i].sensor);
    insert.bind(4, energies[i].declared ? "declared" : "measured");
    insert.bind(5, energies[i].total.value);
    insert.bind(6, energies[i].above_idle.value);
    insert.bind(7, energies[i].power.value);
    insert.bind(8, to_json(energies[i]).dump());
    insert.exec();
    insert.reset();
  }
}

Result<std::vector<Energy>> energies_of(SQLite::Statement& select, std::int64_t network) {
  std::vector<Energy> energies;
  select.bind(1, network);
  while (select.executeStep()) {
    FORECOST_TRY(Energy energy, energy_from_json(json::parse(select.getColumn(0).getString())));
    energies.push_back(std::move(energy));
  }
  select.reset();
  return energies;
}

}  // namespace

struct Store::Database {
  SQLite::Database sqlite;
  std::string file;
};

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::filesystem::path& file) {
  try {
    std::error_code ignored;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
    auto database = std::make_unique<Database>(Database{
        SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE), file.string()});
    auto& sqlite = database->sqlite;
    record::share(sqlite, wait_milliseconds);
    SQLite::Transaction transaction(sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    const int id = sqlite.execAndGet("PRAGMA application_id").getInt();
    const int version = sqlite.execAndGet("PRAGMA user_version").getInt();
    const bool fresh = version == 0 && sqlite.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    if (!fresh && id != application_id) {
      return Error{Fault::bad_input, "the database belongs to another program", file.string(),
                   "name another --home"};
    }
    if (version > schema_version) {
      return Error{Fault::unsupported,
                   fmt::format("the store has schema {}, this build knows {}", version, schema_version),
                   file.string(), "update Forecost, or name another --home"};
    }
    if (fresh || version < schema_version) {
      if (fresh) sqlite.exec(schema);
      if (version == 1) sqlite.exec(from_schema_1);
      sqlite.exec(energy_table);  // since schema 3
      sqlite.exec(
          fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", application_id, schema_version));
    }
    transaction.commit();
    return Store(std::move(database));
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, file.string());
  }
}

Result<std::int64_t> Store::enter_device(const device::Card& card) {
  try {
    SQLite::Statement find(database_->sqlite, "SELECT id, card FROM device WHERE name=?");
    find.bind(1, card.identity.name);
    if (find.executeStep()) {
      const json saved = json::parse(find.getColumn(1).getString(), nullptr, false);
      FORECOST_TRY(const auto known, device::card_from_json(saved));
      const auto differences = known.identity.differences(card.identity);
      if (!differences.empty()) {
        return Error{Fault::bad_input,
                     fmt::format("device '{}' was measured as another machine: {}", card.identity.name,
                                 fmt::join(differences, ", ")),
                     database_->file, "give this one another name with --on NAME, or forget the old one"};
      }
      return find.getColumn(0).getInt64();
    }
    SQLite::Statement insert(database_->sqlite, "INSERT INTO device(name, card) VALUES(?,?)");
    insert.bind(1, card.identity.name);
    insert.bind(2, device::to_json(card).dump());
    insert.exec();
    return database_->sqlite.getLastInsertRowid();
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Status Store::update_card(std::int64_t device, const device::Card& card) {
  try {
    SQLite::Statement update(database_->sqlite, "UPDATE device SET card=? WHERE id=?");
    update.bind(1, device::to_json(card).dump());
    update.bind(2, device);
    update.exec();
    return Done{};
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Result<std::int64_t> Store::begin(std::int64_t device, const Provenance& provenance) {
  try {
    SQLite::Statement insert(
        database_->sqlite,
        "INSERT INTO run(device, started, command, forecost_version, source) VALUES(?,?,?,?,?)");
    insert.bind(1, device);
    insert.bind(2, provenance.started);
    insert.bind(3, provenance.command);
    insert.bind(4, provenance.forecost_version);
    insert.bind(5, provenance.source);
    insert.exec();
    return database_->sqlite.getLastInsertRowid();
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Status Store::add(std::int64_t device, std::int64_t run, const Record& record) {
  FORECOST_EXPECTS(record.kernels.size() == record.kernel_seconds.size(), "one list of samples per kernel");
  FORECOST_EXPECTS(record.origins.empty() || record.origins.size() == record.kernels.size(),
                   "one origin per kernel, or none at all");
  try {
    auto& sqlite = database_->sqlite;
    SQLite::Transaction transaction(sqlite, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement network(
        sqlite,
        "INSERT INTO network(device, run, name, kind, grp, batch, evicted, run_seconds, "
        "disturbed_blocks, peak_memory) VALUES(?,?,?,?,?,?,?,?,?,?)");
    network.bind(1, device);
    network.bind(2, run);
    network.bind(3, record.name);
    network.bind(4, record.kind);
    network.bind(5, record.group);
    network.bind(6, record.batch);
    network.bind(7, record.evicted ? 1 : 0);
    network.bind(8, seconds_json(record.run_seconds).dump());
    network.bind(9, record.disturbed_blocks);
    network.bind(10, record.peak_memory.value);
    network.exec();
    const std::int64_t id = sqlite.getLastInsertRowid();
    SQLite::Statement kernel(sqlite, "INSERT OR IGNORE INTO kernel(content) VALUES(?)");
    SQLite::Statement find(sqlite, "SELECT id FROM kernel WHERE content=?");
    SQLite::Statement time(
        sqlite,
        "INSERT INTO kernel_time(network, position, name, kernel, seconds, grp, joules, cells) "
        "VALUES(?,?,?,?,?,?,?,?)");
    for (std::size_t i = 0; i < record.kernels.size(); ++i) {
      const std::string content = to_json(record.kernels[i]).dump();
      kernel.bind(1, content);
      kernel.exec();
      kernel.reset();
      find.bind(1, content);
      find.executeStep();
      const std::int64_t kernel_id = find.getColumn(0).getInt64();
      find.reset();
      time.bind(1, id);
      time.bind(2, static_cast<std::int64_t>(i));
      time.bind(3, record.kernels[i].name);
      time.bind(4, kernel_id);
      time.bind(5, seconds_json(record.kernel_seconds[i]).dump());
      if (!record.origins.empty()) {
        const Origin& origin = record.origins[i];
        time.bind(6, origin.group);
        if (origin.energy) time.bind(7, origin.energy->value);
        time.bind(8, origin.cells);
      }
      time.exec();
      time.reset();
      time.clearBindings();
    }
    add_energies(sqlite, id, record.energies);
    transaction.commit();
    return Done{};
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Result<std::set<std::string>> Store::names(std::int64_t device, const std::string& kind) const {
  try {
    std::set<std::string> names;
    SQLite::Statement select(database_->sqlite, "SELECT name FROM network WHERE device=? AND kind=?");
    select.bind(1, device);
    select.bind(2, kind);
    while (select.executeStep()) names.insert(select.getColumn(0).getString());
    return names;
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Result<std::vector<Record>> Store::records(std::int64_t device, const std::string& kind) const {
  try {
    std::vector<Record> records;
    SQLite::Statement select(
        database_->sqlite,
        "SELECT id, name, grp, batch, evicted, run_seconds, disturbed_blocks, peak_memory FROM network "
        "WHERE device=? AND kind=? ORDER BY id");
    select.bind(1, device);
    select.bind(2, kind);
    SQLite::Statement times(database_->sqlite,
                            "SELECT t.name, k.content, t.seconds, t.grp, t.joules, t.cells FROM kernel_time "
                            "t JOIN kernel k ON k.id=t.kernel "
                            "WHERE t.network=? ORDER BY t.position");
    SQLite::Statement energies(database_->sqlite,
                               "SELECT content FROM energy WHERE network=? ORDER BY position");
    while (select.executeStep()) {
      Record record{
          .name = select.getColumn(1).getString(), .kind = kind, .group = select.getColumn(2).getString()};
      record.batch = select.getColumn(3).getInt64();
      record.evicted = select.getColumn(4).getInt() != 0;
      record.run_seconds = json::parse(select.getColumn(5).getString()).get<std::vector<double>>();
      record.disturbed_blocks = select.getColumn(6).getInt();
      record.peak_memory = Bytes(select.getColumn(7).getInt64());
      times.bind(1, select.getColumn(0).getInt64());
      while (times.executeStep()) {
        FORECOST_TRY(auto kernel, kernel_from_json(json::parse(times.getColumn(1).getString())));
        kernel.name = times.getColumn(0).getString();
        record.kernels.push_back(std::move(kernel));
        record.kernel_seconds.push_back(
            json::parse(times.getColumn(2).getString()).get<std::vector<double>>());
        if (times.isColumnNull(5)) continue;
        Origin origin{
            .group = times.getColumn(3).getString(), .cells = times.getColumn(5).getString(), .energy = {}};
        if (!times.isColumnNull(4)) origin.energy = Joules(times.getColumn(4).getDouble());
        record.origins.push_back(std::move(origin));
      }
      times.reset();
      FORECOST_TRY(record.energies, energies_of(energies, select.getColumn(0).getInt64()));
      records.push_back(std::move(record));
    }
    return records;
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  } catch (const json::exception& problem) {
    return Error{Fault::bad_input,
                 fmt::format("the measurement store holds malformed JSON: {}", problem.what()),
                 database_->file, "move the file away and calibrate again"};
  }
}

Result<std::vector<device::Card>> Store::devices() const {
  try {
    std::vector<device::Card> cards;
    SQLite::Statement select(database_->sqlite, "SELECT card FROM device ORDER BY name");
    while (select.executeStep()) {
      FORECOST_TRY(auto card,
                   device::card_from_json(json::parse(select.getColumn(0).getString(), nullptr, false)));
      cards.push_back(std::move(card));
    }
    return cards;
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

Status Store::forget(std::int64_t device) {
  try {
    SQLite::Statement remove(database_->sqlite, "DELETE FROM device WHERE id=?");
    remove.bind(1, device);
    remove.exec();
    database_->sqlite.exec("DELETE FROM kernel WHERE id NOT IN (SELECT kernel FROM kernel_time)");
    return Done{};
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, database_->file);
  }
}

}  // namespace forecost::measurement
