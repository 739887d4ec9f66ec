// SPDX-License-Identifier: Apache-2.0
// Every change of a trial raises its study's revision, which locks the study's row until the commit: changes
// of one study are ordered, and a reader that has seen a revision has seen all before it.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "forecost/outcome/nearest.h"
#include "forecost/search/study_store.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {
namespace {

using nlohmann::json;

constexpr int schema_lock = 0x46435374;
constexpr auto retry_pause = std::chrono::milliseconds(250);
constexpr int most_retries = 240;  // a database may be away for a minute

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

/// Seconds since 1970 by the server's clock.
std::string now_sql() {
  return "extract(epoch from clock_timestamp())";
}

std::string exact(double value) {
  return fmt::format("{:.17g}", value);
}

/// The address without a password.
std::string shown(const std::string& address) {
  const std::size_t at = address.rfind('@');
  const std::size_t scheme = address.find("://");
  const std::size_t colon = address.find(':', scheme + 3);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return address;
  return address.substr(0, colon) + ":..." + address.substr(at);
}

class PostgresqlStore final : public StudyStore {
 public:
  explicit PostgresqlStore(std::string address) : address_(std::move(address)) {}

  Status prepare() {
    return guarded<Status>(0, [](pqxx::work& work) -> Status {
      work.exec(fmt::format("SELECT pg_advisory_xact_lock({})", schema_lock));
      work.exec("CREATE TABLE IF NOT EXISTS forecost_schema (version INTEGER NOT NULL)");
      const pqxx::result rows = work.exec("SELECT version FROM forecost_schema");
      const int version = rows.empty() ? 0 : rows[0][0].as<int>();
      if (version > schema_version) {
        return Error{Fault::unsupported,
                     fmt::format("the studies have schema {}, this build knows {}", version, schema_version),
                     "", "update Forecost, or name another --study"};
      }
      for (int step = version; step < schema_version; ++step) work.exec(migrations[step]);
      if (rows.empty()) {
        work.exec(fmt::format("INSERT INTO forecost_schema VALUES({})", schema_version));
      } else {
        work.exec(fmt::format("UPDATE forecost_schema SET version={}", schema_version));
      }
      work.commit();
      return Done{};
    });
  }

  Result<StudyInfo> enter(const std::string& name, const std::string& definition,
                          std::uint64_t seed) override {
    return guarded<Result<StudyInfo>>(most_retries, [&](pqxx::work& work) -> Result<StudyInfo> {
      work.exec_params("INSERT INTO forecost_study(name, definition, seed, created) VALUES($1,$2,$3," +
                           now_sql() + ") ON CONFLICT (name) DO NOTHING",
                       name, definition, static_cast<std::int64_t>(seed));
      FORECOST_TRY(StudyInfo info, read(work, name));
      work.commit();
      if (info.definition != definition || info.seed != seed) {
        return Error{Fault::bad_input, fmt::format("there is a study '{}' with another definition", name),
                     shown(address_),
                     "give this one another name in its file, or forecost study delete the old one"};
      }
      return info;
    });
  }

  Result<StudyInfo> find(const std::string& name) override {
    return guarded<Result<StudyInfo>>(most_retries, [&](pqxx::work& work) { return read(work, name); });
  }

  Result<std::vector<StudyInfo>> list() override {
    return guarded<Result<std::vector<StudyInfo>>>(most_retries,
                                                   [&](pqxx::work& work) -> Result<std::vector<StudyInfo>> {
                                                     std::vector<StudyInfo> studies;
                                                     for (const std::string& name : names(work)) {
                                                       FORECOST_TRY(StudyInfo info, read(work, name));
                                                       studies.push_back(std::move(info));
                                                     }
                                                     return studies;
                                                   });
  }

  Status remove(std::int64_t study) override {
    return guarded<Status>(most_retries, [&](pqxx::work& work) -> Status {
      work.exec_params("DELETE FROM forecost_study WHERE id=$1", study);
      work.commit();
      return Done{};
    });
  }

  Result<Changes> changes(std::int64_t study, const Space& space, std::int64_t after) override {
    return guarded<Result<Changes>>(most_retries, [&](pqxx::work& work) -> Result<Changes> {
      work.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      Changes changes;
      changes.revision = after;
      const pqxx::result rows = work.exec_params(
          "SELECT number, design, state, reason, metrics, failure, seconds, revision FROM forecost_trial "
          "WHERE study=$1 AND revision>$2 ORDER BY number",
          study, after);
      std::map<std::int64_t, std::size_t> place;
      for (const auto& row : rows) {
        Trial trial;
        trial.number = row[0].as<std::int64_t>();
        FORECOST_TRY(trial.design, space.from_json(json::parse(row[1].as<std::string>())));
        trial.state = find_state(row[2].as<std::string>()).value_or(TrialState::failed);
        trial.reason = row[3].as<std::string>();
        FORECOST_TRY(trial.metrics, metrics_from_json(json::parse(row[4].as<std::string>())));
        trial.failure = row[5].as<std::string>();
        trial.seconds = row[6].as<double>();
        changes.revision = std::max(changes.revision, row[7].as<std::int64_t>());
        place[trial.number] = changes.trials.size();
        changes.trials.push_back(std::move(trial));
      }
      if (changes.trials.empty()) return changes;
      const pqxx::result reports = work.exec_params(
          "SELECT r.number, r.step, r.metrics FROM forecost_report r JOIN forecost_trial t USING (study, "
          "number) "
          "WHERE study=$1 AND t.revision>$2 ORDER BY number, step",
          study, after);
      for (const auto& row : reports) {
        FORECOST_TRY(Metrics metrics, metrics_from_json(json::parse(row[2].as<std::string>())));
        changes.trials[place.at(row[0].as<std::int64_t>())].reports.push_back(
            {row[1].as<std::int64_t>(), std::move(metrics)});
      }
      return changes;
    });
  }

  Result<std::optional<Claim>> propose(const StudyInfo& study, const Space& space, const Trial& trial,
                                       const Owner& owner) override {
    return guarded<Result<std::optional<Claim>>>(
        most_retries, [&](pqxx::work& work) -> Result<std::optional<Claim>> {
          const std::int64_t revision = next_revision(work, study.id);
          if (count(work, study.id) != trial.number) return std::optional<Claim>();
          insert(work, {study.id, trial.number, 1}, space, trial, owner, revision);
          work.commit();
          return std::optional(Claim{study.id, trial.number, 1});
        });
  }

  Result<std::optional<ClaimedTrial>> take_over(
      const StudyInfo& study, const Space& space, const Owner& owner,
      const std::function<bool(const std::string&)>& gone) override {
    return guarded<Result<std::optional<ClaimedTrial>>>(
        most_retries, [&](pqxx::work& work) -> Result<std::optional<ClaimedTrial>> {
          const std::int64_t revision = next_revision(work, study.id);
          const pqxx::result rows =
              work.exec_params("SELECT number, owner, epoch, design, lease_until<=" + now_sql() +
                                   " FROM forecost_trial WHERE study=$1 AND state='running' "
                                   "ORDER BY number",
                               study.id);
          for (const auto& row : rows) {
            if (!row[4].as<bool>() && !gone(row[1].as<std::string>())) continue;
            const Claim claim{study.id, row[0].as<std::int64_t>(), row[2].as<std::int64_t>() + 1};
            if (claim.epoch > most_epochs) {
              work.exec_params(
                  "UPDATE forecost_trial SET state='failed', failure=$1, revision=$2 WHERE study=$3 AND "
                  "number=$4",
                  fmt::format("its worker died {} times", most_epochs), revision, study.id, claim.number);
              continue;
            }
            FORECOST_TRY(Design design, space.from_json(json::parse(row[3].as<std::string>())));
            work.exec_params("UPDATE forecost_trial SET owner=$1, epoch=$2, lease_until=" + now_sql() +
                                 "+$3, revision=$4 WHERE study=$5 AND number=$6",
                             owner.name, claim.epoch, exact(owner.lease.value), revision, study.id,
                             claim.number);
            work.exec_params("DELETE FROM forecost_report WHERE study=$1 AND number=$2", study.id,
                             claim.number);
            work.commit();
            return std::optional(ClaimedTrial{claim, std::move(design)});
          }
          work.commit();
          return std::optional<ClaimedTrial>();
        });
  }

  Result<bool> renew(const Claim& claim, const Owner& owner) override {
    return guarded<Result<bool>>(most_retries, [&](pqxx::work& work) -> Result<bool> {
      const pqxx::result done =
          work.exec_params("UPDATE forecost_trial SET lease_until=" + now_sql() +
                               "+$1 WHERE study=$2 AND number=$3 AND epoch=$4 AND state='running'",
                           exact(owner.lease.value), claim.study, claim.number, claim.epoch);
      work.commit();
      return done.affected_rows() == 1;
    });
  }

  Result<bool> report(const Claim& claim, const Report& report) override {
    return guarded<Result<bool>>(most_retries, [&](pqxx::work& work) -> Result<bool> {
      const std::int64_t revision = next_revision(work, claim.study);
      const pqxx::result done = work.exec_params(
          "UPDATE forecost_trial SET revision=$1 WHERE study=$2 AND number=$3 AND epoch=$4 AND "
          "state='running'",
          revision, claim.study, claim.number, claim.epoch);
      if (done.affected_rows() != 1) return false;
      insert(work, claim, report);
      work.commit();
      return true;
    });
  }

  Result<bool> tell(const Claim& claim, const Evaluation& evaluation, Seconds took) override {
    return guarded<Result<bool>>(most_retries, [&](pqxx::work& work) -> Result<bool> {
      const std::string state(name_of(evaluation.state));
      const std::string metrics = to_json(evaluation.metrics).dump();
      const std::int64_t revision = next_revision(work, claim.study);
      const pqxx::result done = work.exec_params(
          "UPDATE forecost_trial SET state=$1, metrics=$2, failure=$3, seconds=$4, revision=$5 "
          "WHERE study=$6 AND number=$7 AND epoch=$8 AND state='running'",
          state, metrics, evaluation.failure, exact(took.value), revision, claim.study, claim.number,
          claim.epoch);
      const bool counted = done.affected_rows() == 1;
      if (!counted) {
        work.exec_params(
            "INSERT INTO forecost_late(study, number, epoch, told, state, metrics, failure, seconds) "
            "VALUES($1,$2,$3," +
                now_sql() + ",$4,$5,$6,$7)",
            claim.study, claim.number, claim.epoch, state, metrics, evaluation.failure, exact(took.value));
      }
      work.commit();
      return counted;
    });
  }

  Status release(const Claim& claim) override {
    return guarded<Status>(most_retries, [&](pqxx::work& work) -> Status {
      work.exec_params(
          "UPDATE forecost_trial SET lease_until=0, owner='', epoch=epoch-1 "
          "WHERE study=$1 AND number=$2 AND epoch=$3 AND state='running'",
          claim.study, claim.number, claim.epoch);
      work.commit();
      return Done{};
    });
  }

  Status import(std::int64_t study, const Space& space, const Trial& trial) override {
    return guarded<Status>(most_retries, [&](pqxx::work& work) -> Status {
      const std::int64_t revision = next_revision(work, study);
      const std::int64_t there = count(work, study);
      if (there != trial.number) {
        return Error{Fault::bad_input, fmt::format("trial {} is not the next one, {}", trial.number, there),
                     shown(address_), "import all trials from 0 on into an empty study"};
      }
      insert(work, {study, trial.number, 1}, space, trial, {"", Seconds(0)}, revision);
      work.commit();
      return Done{};
    });
  }

  Result<std::int64_t> late(std::int64_t study) override {
    return guarded<Result<std::int64_t>>(most_retries, [&](pqxx::work& work) -> Result<std::int64_t> {
      return work.exec_params("SELECT count(*) FROM forecost_late WHERE study=$1", study)[0][0]
          .as<std::int64_t>();
    });
  }

 private:
  /// One thread at a time. A connection that breaks is opened again, `retries` times. When it breaks at a
  /// commit, nobody knows whether that happened; every call may be repeated then: at worst a trial is found
  /// taken, and runs again when its lease ends.
  template <typename Answer, typename Work>
  Answer guarded(int retries, const Work& work) {
    const std::scoped_lock lock(turn_);
    for (int attempt = 0;; ++attempt) {
      try {
        if (!connection_) connection_ = std::make_unique<pqxx::connection>(address_);
        pqxx::work transaction(*connection_);
        Answer answer = work(transaction);
        if (!answer.has_value() && answer.error().where.empty()) {
          Error error = answer.error();
          error.where = shown(address_);
          return error;
        }
        return answer;
      } catch (const pqxx::broken_connection& problem) {
        connection_.reset();
        if (attempt >= retries) return lost(problem);
      } catch (const pqxx::sql_error& problem) {
        const bool passing = problem.sqlstate().starts_with("57P") || problem.sqlstate().starts_with("40");
        if (!passing || attempt >= retries) return lost(problem);
        if (problem.sqlstate().starts_with("57P")) connection_.reset();
      } catch (const pqxx::in_doubt_error& problem) {
        connection_.reset();
        if (attempt >= retries) return lost(problem);
      } catch (const json::exception& problem) {
        return Error{Fault::bad_input, fmt::format("the studies hold malformed JSON: {}", problem.what()),
                     shown(address_), "delete the study"};
      } catch (const std::exception& problem) {
        return lost(problem);
      }
      std::this_thread::sleep_for(retry_pause);
    }
  }

  Error lost(const std::exception& problem) const {
    std::string why = problem.what();
    while (!why.empty() && why.back() == '\n') why.pop_back();
    return {Fault::failed, "the database does not answer: " + why, shown(address_),
            "check that PostgreSQL runs there and takes this user; what was stored is kept"};
  }

  static std::vector<std::string> names(pqxx::work& work) {
    std::vector<std::string> names;
    for (const auto& row : work.exec("SELECT name FROM forecost_study ORDER BY name")) {
      names.push_back(row[0].as<std::string>());
    }
    return names;
  }

  static Result<StudyInfo> read(pqxx::work& work, const std::string& name) {
    const pqxx::result rows = work.exec_params(
        "SELECT s.id, s.definition, s.seed, floor(s.created)::bigint, count(t.number), "
        "count(*) FILTER (WHERE t.state='complete'), count(*) FILTER (WHERE t.state='failed'), "
        "count(*) FILTER (WHERE t.state='running') "
        "FROM forecost_study s LEFT JOIN forecost_trial t ON t.study=s.id WHERE s.name=$1 GROUP BY s.id",
        name);
    if (rows.empty()) {
      return Error{Fault::not_found, fmt::format("there is no study '{}'", name), "",
                   did_you_mean(name, names(work))};
    }
    StudyInfo info;
    info.id = rows[0][0].as<std::int64_t>();
    info.name = name;
    info.definition = rows[0][1].as<std::string>();
    info.seed = static_cast<std::uint64_t>(rows[0][2].as<std::int64_t>());
    info.created = rows[0][3].as<std::int64_t>();
    info.trials = rows[0][4].as<std::int64_t>();
    info.complete = rows[0][5].as<std::int64_t>();
    info.failed = rows[0][6].as<std::int64_t>();
    info.running = rows[0][7].as<std::int64_t>();
    return info;
  }

  static std::int64_t next_revision(pqxx::work& work, std::int64_t study) {
    return work
        .exec_params("UPDATE forecost_study SET revision=revision+1 WHERE id=$1 RETURNING revision",
                     study)[0][0]
        .as<std::int64_t>();
  }

  static std::int64_t count(pqxx::work& work, std::int64_t study) {
    return work.exec_params("SELECT count(*) FROM forecost_trial WHERE study=$1", study)[0][0]
        .as<std::int64_t>();
  }

  static void insert(pqxx::work& work, const Claim& claim, const Report& report) {
    work.exec_params(
        "INSERT INTO forecost_report(study, number, step, metrics) VALUES($1,$2,$3,$4) "
        "ON CONFLICT (study, number, step) DO UPDATE SET metrics=EXCLUDED.metrics",
        claim.study, claim.number, report.step, to_json(report.metrics).dump());
  }

  static void insert(pqxx::work& work, const Claim& claim, const Space& space, const Trial& trial,
                     const Owner& owner, std::int64_t revision) {
    work.exec_params(
        "INSERT INTO forecost_trial(study, number, design, state, reason, owner, epoch, lease_until, "
        "metrics, "
        "failure, seconds, revision) VALUES($1,$2,$3,$4,$5,$6,1," +
            now_sql() + "+$7,$8,$9,$10,$11)",
        claim.study, claim.number, space.to_json(trial.design).dump(), std::string(name_of(trial.state)),
        trial.reason, owner.name, exact(owner.lease.value), to_json(trial.metrics).dump(), trial.failure,
        exact(trial.seconds), revision);
    for (const Report& report : trial.reports) insert(work, claim, report);
  }

  std::string address_;
  std::unique_ptr<pqxx::connection> connection_;
  std::mutex turn_;
};

}  // namespace

Result<std::unique_ptr<StudyStore>> open_postgresql(const std::string& address) {
  auto store = std::make_unique<PostgresqlStore>(address);
  FORECOST_TRY([[maybe_unused]] const Done done, store->prepare());
  return std::unique_ptr<StudyStore>(std::move(store));
}

}  // namespace forecost::search
