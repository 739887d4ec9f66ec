// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "forecost/record/shared_sqlite.h"
#include "forecost/search/sqlite_tables.h"
#include "forecost/search/study_store.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {
namespace {

using nlohmann::json;
using SQLite::Statement;

constexpr int wait_milliseconds = 30000;

/// Seconds since 1970 by SQLite's clock.
std::string now_sql() {
  return "((julianday('now') - 2440587.5) * 86400.0)";
}

Error error_of(const SQLite::Exception& problem, const std::string& where) {
  switch (problem.getErrorCode()) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Fault::bad_input, "the file is not a readable SQLite database", where, "name another --study"};
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return {Fault::permission, "the studies cannot be opened for writing", where,
              "check that the folder exists and may be written, or name another --study"};
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return {Fault::exhausted, fmt::format("the studies cannot be written: {}", problem.what()), where,
              "free disk space; everything stored before is kept"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::failed, "another process holds the studies for too long", where,
              "use fewer workers, or a PostgreSQL study"};
    default:
      return {Fault::failed, fmt::format("the studies failed: {}", problem.what()), where, "see the message"};
  }
}

class SqliteStore final : public StudyStore {
 public:
  explicit SqliteStore(const std::filesystem::path& file)
      : sqlite_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE), file_(file.string()) {}

  Status prepare() {
    record::share(sqlite_, wait_milliseconds);
    return bring_up_to_date(sqlite_, file_);
  }

  Result<StudyInfo> enter(const std::string& name, const std::string& definition,
                          std::uint64_t seed) override {
    return guarded([&]() -> Result<StudyInfo> {
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      Statement insert(sqlite_, "INSERT OR IGNORE INTO study(name, definition, seed, created) VALUES(?,?,?," +
                                    now_sql() + ")");
      insert.bind(1, name);
      insert.bind(2, definition);
      insert.bind(3, static_cast<std::int64_t>(seed));
      insert.exec();
      FORECOST_TRY(StudyInfo info, read_study_info(sqlite_, file_, name));
      transaction.commit();
      if (info.definition != definition || info.seed != seed) {
        return Error{Fault::bad_input, fmt::format("there is a study '{}' with another definition", name),
                     file_, "give this one another name in its file, or forecost study delete the old one"};
      }
      return info;
    });
  }

  Result<StudyInfo> find(const std::string& name) override {
    return guarded([&] { return read_study_info(sqlite_, file_, name); });
  }

  Result<std::vector<StudyInfo>> list() override {
    return guarded([&]() -> Result<std::vector<StudyInfo>> {
      std::vector<StudyInfo> studies;
      for (const std::string& name : study_names(sqlite_)) {
        FORECOST_TRY(StudyInfo info, read_study_info(sqlite_, file_, name));
        studies.push_back(std::move(info));
      }
      return studies;
    });
  }

  Status remove(std::int64_t study) override {
    return guarded([&]() -> Status {
      Statement erase(sqlite_, "DELETE FROM study WHERE id=?");
      erase.bind(1, study);
      erase.exec();
      return Done{};
    });
  }

  Result<Changes> changes(std::int64_t study, const Space& space, std::int64_t after) override {
    return guarded([&] { return read_changes(sqlite_, study, space, after); });
  }

  Result<std::optional<Claim>> propose(const StudyInfo& study, const Space& space, const Trial& trial,
                                       const Owner& owner) override {
    return guarded([&]() -> Result<std::optional<Claim>> {
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      if (count(study.id) != trial.number) return std::optional<Claim>();
      insert(study.id, space, trial, owner.name, owner.lease);
      transaction.commit();
      return std::optional(Claim{study.id, trial.number, 1});
    });
  }

  Result<std::optional<ClaimedTrial>> take_over(
      const StudyInfo& study, const Space& space, const Owner& owner,
      const std::function<bool(const std::string&)>& gone) override {
    return guarded([&]() -> Result<std::optional<ClaimedTrial>> {
      // Looking costs no lock; mostly there is nothing.
      if (orphans(study.id, gone).empty()) return std::optional<ClaimedTrial>();
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      std::optional<ClaimedTrial> claimed;
      for (const auto& [claim, design] : orphans(study.id, gone)) {
        if (claim.epoch > most_epochs) {
          give_up(study.id, claim.number);
          continue;
        }
        claimed.emplace();
        claimed->claim = claim;
        FORECOST_TRY(claimed->design, space.from_json(json::parse(design)));
        Statement update(sqlite_, "UPDATE trial SET owner=?, epoch=?, lease_until=" + now_sql() +
                                      "+?, revision=? WHERE study=? AND number=?");
        update.bind(1, owner.name);
        update.bind(2, claim.epoch);
        update.bind(3, owner.lease.value);
        update.bind(4, next_revision(study.id));
        update.bind(5, study.id);
        update.bind(6, claim.number);
        update.exec();
        Statement forget(sqlite_, "DELETE FROM report WHERE study=? AND number=?");
        forget.bind(1, study.id);
        forget.bind(2, claim.number);
        forget.exec();
        break;
      }
      transaction.commit();
      return claimed;
    });
  }

  Result<bool> renew(const Claim& claim, const Owner& owner) override {
    return guarded([&]() -> Result<bool> {
      Statement update(sqlite_, "UPDATE trial SET lease_until=" + now_sql() +
                                    "+? WHERE study=? AND number=? AND epoch=? AND state='running'");
      update.bind(1, owner.lease.value);
      bind(update, 2, claim);
      return update.exec() == 1;
    });
  }

  Result<bool> report(const Claim& claim, const Report& report) override {
    return guarded([&]() -> Result<bool> {
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      Statement update(
          sqlite_, "UPDATE trial SET revision=? WHERE study=? AND number=? AND epoch=? AND state='running'");
      update.bind(1, next_revision(claim.study));
      bind(update, 2, claim);
      if (update.exec() != 1) return false;
      Statement insert(sqlite_,
                       "INSERT OR REPLACE INTO report(study, number, step, metrics) VALUES(?,?,?,?)");
      insert.bind(1, claim.study);
      insert.bind(2, claim.number);
      insert.bind(3, report.step);
      insert.bind(4, to_json(report.metrics).dump());
      insert.exec();
      transaction.commit();
      return true;
    });
  }

  Result<bool> tell(const Claim& claim, const Evaluation& evaluation, Seconds took) override {
    return guarded([&]() -> Result<bool> {
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      const std::string metrics = to_json(evaluation.metrics).dump();
      Statement update(sqlite_,
                       "UPDATE trial SET state=?, metrics=?, failure=?, seconds=?, revision=? "
                       "WHERE study=? AND number=? AND epoch=? AND state='running'");
      update.bind(1, std::string(name_of(evaluation.state)));
      update.bind(2, metrics);
      update.bind(3, evaluation.failure);
      update.bind(4, took.value);
      update.bind(5, next_revision(claim.study));
      bind(update, 6, claim);
      const bool counted = update.exec() == 1;
      if (!counted) {
        Statement late(sqlite_,
                       "INSERT INTO late(study, number, epoch, told, state, metrics, failure, seconds) "
                       "VALUES(?,?,?," +
                           now_sql() + ",?,?,?,?)");
        bind(late, 1, claim);
        late.bind(4, std::string(name_of(evaluation.state)));
        late.bind(5, metrics);
        late.bind(6, evaluation.failure);
        late.bind(7, took.value);
        late.exec();
      }
      transaction.commit();
      return counted;
    });
  }

  Status release(const Claim& claim) override {
    return guarded([&]() -> Status {
      Statement update(sqlite_,
                       "UPDATE trial SET lease_until=0, owner='', epoch=epoch-1 "
                       "WHERE study=? AND number=? AND epoch=? AND state='running'");
      bind(update, 1, claim);
      update.exec();
      return Done{};
    });
  }

  Status import(std::int64_t study, const Space& space, const Trial& trial) override {
    return guarded([&]() -> Status {
      SQLite::Transaction transaction(sqlite_, SQLite::TransactionBehavior::IMMEDIATE);
      const std::int64_t there = count(study);
      if (there != trial.number) {
        return Error{Fault::bad_input, fmt::format("trial {} is not the next one, {}", trial.number, there),
                     file_, "import all trials from 0 on into an empty study"};
      }
      insert(study, space, trial, "", Seconds(0));
      transaction.commit();
      return Done{};
    });
  }

  Result<std::int64_t> late(std::int64_t study) override {
    return guarded([&]() -> Result<std::int64_t> {
      Statement count(sqlite_, "SELECT count(*) FROM late WHERE study=?");
      count.bind(1, study);
      count.executeStep();
      return count.getColumn(0).getInt64();
    });
  }

 private:
  /// One thread at a time; SQLite's and JSON's exceptions become errors.
  template <typename Work>
  auto guarded(Work work) -> decltype(work()) {
    const std::scoped_lock lock(turn_);
    try {
      return work();
    } catch (const SQLite::Exception& problem) {
      return error_of(problem, file_);
    } catch (const json::exception& problem) {
      return Error{Fault::bad_input, fmt::format("the studies hold malformed JSON: {}", problem.what()),
                   file_, "delete the study, or restore the file"};
    }
  }

  static void bind(Statement& statement, int first, const Claim& claim) {
    statement.bind(first, claim.study);
    statement.bind(first + 1, claim.number);
    statement.bind(first + 2, claim.epoch);
  }

  /// Numbers have no gaps.
  std::int64_t count(std::int64_t study) {
    Statement last(sqlite_, "SELECT coalesce(max(number) + 1, 0) FROM trial WHERE study=?");
    last.bind(1, study);
    last.executeStep();
    return last.getColumn(0).getInt64();
  }

  /// Running trials without a living owner and the claims of the next one, by number, with their designs.
  std::vector<std::pair<Claim, std::string>> orphans(std::int64_t study,
                                                     const std::function<bool(const std::string&)>& gone) {
    std::vector<std::pair<Claim, std::string>> found;
    Statement select(sqlite_, "SELECT number, owner, epoch, design, lease_until<=" + now_sql() +
                                  " FROM trial WHERE study=? AND state='running' ORDER BY number");
    select.bind(1, study);
    while (select.executeStep()) {
      if (select.getColumn(4).getInt() == 0 && !gone(select.getColumn(1).getString())) continue;
      found.emplace_back(Claim{study, select.getColumn(0).getInt64(), select.getColumn(2).getInt64() + 1},
                         select.getColumn(3).getString());
    }
    return found;
  }

  /// Inside a transaction.
  std::int64_t next_revision(std::int64_t study) {
    Statement raise(sqlite_, "UPDATE study SET revision=revision+1 WHERE id=? RETURNING revision");
    raise.bind(1, study);
    raise.executeStep();
    return raise.getColumn(0).getInt64();
  }

  void insert(std::int64_t study, const Space& space, const Trial& trial, const std::string& owner,
              Seconds lease) {
    Statement insert(
        sqlite_,
        "INSERT INTO trial(study, number, design, state, reason, owner, epoch, lease_until, metrics, "
        "failure, seconds, revision) VALUES(?,?,?,?,?,?,1," +
            now_sql() + "+?,?,?,?,?)");
    insert.bind(1, study);
    insert.bind(2, trial.number);
    insert.bind(3, space.to_json(trial.design).dump());
    insert.bind(4, std::string(name_of(trial.state)));
    insert.bind(5, trial.reason);
    insert.bind(6, owner);
    insert.bind(7, lease.value);
    insert.bind(8, to_json(trial.metrics).dump());
    insert.bind(9, trial.failure);
    insert.bind(10, trial.seconds);
    insert.bind(11, next_revision(study));
    insert.exec();
    for (const Report& report : trial.reports) {
      Statement add(sqlite_, "INSERT OR REPLACE INTO report(study, number, step, metrics) VALUES(?,?,?,?)");
      add.bind(1, study);
      add.bind(2, trial.number);
      add.bind(3, report.step);
      add.bind(4, to_json(report.metrics).dump());
      add.exec();
    }
  }

  void give_up(std::int64_t study, std::int64_t number) {
    Statement update(sqlite_,
                     "UPDATE trial SET state='failed', failure=?, revision=? WHERE study=? AND number=?");
    update.bind(1, fmt::format("its worker died {} times", most_epochs));
    update.bind(2, next_revision(study));
    update.bind(3, study);
    update.bind(4, number);
    update.exec();
  }

  SQLite::Database sqlite_;
  std::string file_;
  std::mutex turn_;
};

}  // namespace

Result<std::unique_ptr<StudyStore>> open_sqlite(const std::filesystem::path& file) {
  try {
    std::error_code ignored;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), ignored);
    auto store = std::make_unique<SqliteStore>(file);
    FORECOST_TRY([[maybe_unused]] const Done done, store->prepare());
    return std::unique_ptr<StudyStore>(std::move(store));
  } catch (const SQLite::Exception& problem) {
    return error_of(problem, file.string());
  }
}

}  // namespace forecost::search
