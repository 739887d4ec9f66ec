// SPDX-License-Identifier: Apache-2.0
// Every change of a trial raises its study's revision, which locks the study's row until the commit: changes
// of one study are ordered, and a reader that has seen a revision has seen all before it.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

#include "forecost/search/postgresql_tables.h"
#include "forecost/search/study_store.h"
#include "forecost/search/trial_json.h"

namespace forecost::search {
namespace {

using nlohmann::json;

constexpr auto retry_pause = std::chrono::milliseconds(250);
constexpr int most_retries = 240;  // a database may be away for a minute

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

  Status prepare(Seconds patience) {
    const auto retries =
        static_cast<int>(patience.value / std::chrono::duration<double>(retry_pause).count());
    return guarded<Status>(retries, [](pqxx::work& work) -> Status {
      FORECOST_TRY([[maybe_unused]] const Done done, bring_up_to_date(work));
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
      FORECOST_TRY(StudyInfo info, read_study_info(work, name));
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
    return guarded<Result<StudyInfo>>(most_retries,
                                      [&](pqxx::work& work) { return read_study_info(work, name); });
  }

  Result<std::vector<StudyInfo>> list() override {
    using Studies = Result<std::vector<StudyInfo>>;
    return guarded<Studies>(most_retries, [](pqxx::work& work) -> Studies {
      std::vector<StudyInfo> studies;
      for (const std::string& name : study_names(work)) {
        FORECOST_TRY(StudyInfo info, read_study_info(work, name));
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
    return guarded<Result<Changes>, pqxx::nontransaction>(
        most_retries, [&](pqxx::transaction_base& work) { return read_changes(work, study, space, after); });
  }

  /// One statement, and only the one that wins writes. It may have counted before it waited for the study's
  /// row: then the key refuses it.
  Result<std::optional<Claim>> propose(const StudyInfo& study, const Space& space, const Trial& trial,
                                       const Owner& owner) override {
    using Claimed = Result<std::optional<Claim>>;
    const Claim claim{study.id, trial.number, 1};
    const std::string design = space.to_json(trial.design).dump();
    return guarded<Claimed, pqxx::nontransaction>(most_retries, [&](pqxx::transaction_base& work) -> Claimed {
      if (in_doubt_ && owns(work, claim, owner)) return std::optional(claim);
      const pqxx::result done = work.exec_params(
          "WITH next AS (UPDATE forecost_study SET revision=revision+1 WHERE id=$1 AND $2 = "
          "(SELECT coalesce(max(number) + 1, 0) FROM forecost_trial WHERE study=$1) RETURNING revision) "
          "INSERT INTO forecost_trial(study, number, design, state, reason, owner, epoch, lease_until, "
          "metrics, failure, seconds, revision) SELECT $1, $2, $3, 'running', $4, $5, 1, " +
              now_sql() + "+$6, '{}', '', 0, revision FROM next ON CONFLICT (study, number) DO NOTHING",
          study.id, trial.number, design, trial.reason, owner.name, exact(owner.lease.value));
      return done.affected_rows() == 1 ? std::optional(claim) : std::nullopt;
    });
  }

  Result<std::optional<ClaimedTrial>> take_over(
      const StudyInfo& study, const Space& space, const Owner& owner,
      const std::function<bool(const std::string&)>& gone) override {
    using Claimed = Result<std::optional<ClaimedTrial>>;
    const auto any = guarded<Result<bool>, pqxx::nontransaction>(
        most_retries,
        [&](pqxx::transaction_base& work) -> Result<bool> { return !orphans(work, study.id, gone).empty(); });
    if (!any) return any.error();
    if (!*any) return std::optional<ClaimedTrial>();
    return guarded<Claimed>(most_retries, [&](pqxx::work& work) -> Claimed {
      const std::int64_t revision = next_revision(work, study.id);
      std::optional<ClaimedTrial> claimed;
      for (const auto& [claim, design] : orphans(work, study.id, gone)) {
        if (claim.epoch > most_epochs) {
          work.exec_params(
              "UPDATE forecost_trial SET state='failed', failure=$1, revision=$2 WHERE study=$3 AND "
              "number=$4",
              fmt::format("its worker died {} times", most_epochs), revision, study.id, claim.number);
          continue;
        }
        claimed.emplace();
        claimed->claim = claim;
        FORECOST_TRY(claimed->design, space.from_json(json::parse(design)));
        work.exec_params("UPDATE forecost_trial SET owner=$1, epoch=$2, lease_until=" + now_sql() +
                             "+$3, revision=$4 WHERE study=$5 AND number=$6",
                         owner.name, claim.epoch, exact(owner.lease.value), revision, study.id, claim.number);
        work.exec_params("DELETE FROM forecost_report WHERE study=$1 AND number=$2", study.id, claim.number);
        break;
      }
      work.commit();
      return claimed;
    });
  }

  Result<bool> renew(const Claim& claim, const Owner& owner) override {
    using Kept = Result<bool>;
    return guarded<Kept, pqxx::nontransaction>(most_retries, [&](pqxx::transaction_base& work) -> Kept {
      const pqxx::result done =
          work.exec_params("UPDATE forecost_trial SET lease_until=" + now_sql() +
                               "+$1 WHERE study=$2 AND number=$3 AND epoch=$4 AND state='running'",
                           exact(owner.lease.value), claim.study, claim.number, claim.epoch);
      return done.affected_rows() == 1;
    });
  }

  Result<bool> report(const Claim& claim, const Report& report) override {
    using Kept = Result<bool>;
    const std::string metrics = to_json(report.metrics).dump();
    return guarded<Kept, pqxx::nontransaction>(most_retries, [&](pqxx::transaction_base& work) -> Kept {
      const pqxx::result done = work.exec_params(
          "WITH next AS (UPDATE forecost_study SET revision=revision+1 WHERE id=$1 RETURNING revision), "
          "mine AS (UPDATE forecost_trial SET revision=next.revision FROM next WHERE study=$1 AND number=$2 "
          "AND epoch=$3 AND state='running' RETURNING number) "
          "INSERT INTO forecost_report(study, number, step, metrics) SELECT $1, number, $4, $5 FROM mine "
          "ON CONFLICT (study, number, step) DO UPDATE SET metrics=EXCLUDED.metrics",
          claim.study, claim.number, claim.epoch, report.step, metrics);
      return done.affected_rows() == 1;
    });
  }

  Result<bool> tell(const Claim& claim, const Evaluation& evaluation, Seconds took) override {
    using Counted = Result<bool>;
    const std::string state(name_of(evaluation.state));
    const std::string metrics = to_json(evaluation.metrics).dump();
    return guarded<Counted, pqxx::nontransaction>(most_retries, [&](pqxx::transaction_base& work) -> Counted {
      if (in_doubt_ && has_told(work, claim, state)) return true;
      const pqxx::result done = work.exec_params(
          "WITH next AS (UPDATE forecost_study SET revision=revision+1 WHERE id=$1 RETURNING revision), "
          "mine AS (UPDATE forecost_trial SET state=$4, metrics=$5, failure=$6, seconds=$7, "
          "revision=next.revision FROM next WHERE study=$1 AND number=$2 AND epoch=$3 AND state='running' "
          "RETURNING number), "
          "late AS (INSERT INTO forecost_late(study, number, epoch, told, state, metrics, failure, seconds) "
          "SELECT $1, $2, $3, " +
              now_sql() +
              ", $4, $5, $6, $7 FROM next WHERE NOT EXISTS (SELECT 1 FROM mine)) SELECT number FROM mine",
          claim.study, claim.number, claim.epoch, state, metrics, evaluation.failure, exact(took.value));
      return done.size() == 1;
    });
  }

  Status release(const Claim& claim) override {
    return guarded<Status>(most_retries, [&](pqxx::work& work) -> Status {
      // Another worker may have it by now, with the same epoch; if not, its lease ends.
      if (in_doubt_) return Done{};
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
  /// commit, nobody knows whether that happened: `in_doubt_` tells the repeated call to look for its own work
  /// first. (A trial that was taken over so is not found; it runs again when its lease ends.)
  template <typename Answer, typename Transaction = pqxx::work, typename Work>
  Answer guarded(int retries, const Work& work) {
    const std::scoped_lock lock(turn_);
    in_doubt_ = false;
    for (int attempt = 0;; ++attempt) {
      try {
        if (!connection_) connection_ = std::make_unique<pqxx::connection>(address_);
        Transaction transaction(*connection_);
        Answer answer = work(transaction);
        if (!answer.has_value() && answer.error().where.empty()) {
          Error error = answer.error();
          error.where = shown(address_);
          return error;
        }
        return answer;
      } catch (const pqxx::broken_connection& problem) {
        in_doubt_ = in_doubt_ || connection_ != nullptr;
        connection_.reset();
        if (attempt >= retries) return lost(problem);
      } catch (const pqxx::in_doubt_error& problem) {
        connection_.reset();
        in_doubt_ = true;
        if (attempt >= retries) return lost(problem);
      } catch (const pqxx::sql_error& problem) {
        // 57P: the server goes down or comes up; 40: transactions in each other's way.
        const bool away = problem.sqlstate().starts_with("57P") || is_broken();
        const bool passing = away || problem.sqlstate().starts_with("40");
        if (!passing || attempt >= retries) return lost(problem);
        if (away) connection_.reset();
        in_doubt_ = in_doubt_ || away;
      } catch (const json::exception& problem) {
        return Error{Fault::bad_input, fmt::format("the studies hold malformed JSON: {}", problem.what()),
                     shown(address_), "delete the study"};
      } catch (const std::exception& problem) {
        if (!is_broken() || attempt >= retries) return lost(problem);
        connection_.reset();
        in_doubt_ = true;
      }
      std::this_thread::sleep_for(retry_pause);
    }
  }

  bool is_broken() const { return connection_ != nullptr && !connection_->is_open(); }

  Error lost(const std::exception& problem) const {
    std::string why = problem.what();
    while (!why.empty() && why.back() == '\n') why.pop_back();
    return {Fault::failed, "the database does not answer: " + why, shown(address_),
            "check that PostgreSQL runs there and takes this user; what was stored is kept"};
  }

  static std::int64_t next_revision(pqxx::work& work, std::int64_t study) {
    return work
        .exec_params("UPDATE forecost_study SET revision=revision+1 WHERE id=$1 RETURNING revision",
                     study)[0][0]
        .as<std::int64_t>();
  }

  /// Numbers have no gaps.
  static std::int64_t count(pqxx::work& work, std::int64_t study) {
    return work
        .exec_params("SELECT coalesce(max(number) + 1, 0) FROM forecost_trial WHERE study=$1", study)[0][0]
        .as<std::int64_t>();
  }

  static bool owns(pqxx::transaction_base& work, const Claim& claim, const Owner& owner) {
    return !work.exec_params(
                    "SELECT 1 FROM forecost_trial WHERE study=$1 AND number=$2 AND epoch=$3 AND owner=$4 AND "
                    "state='running'",
                    claim.study, claim.number, claim.epoch, owner.name)
                .empty();
  }

  static bool has_told(pqxx::transaction_base& work, const Claim& claim, const std::string& state) {
    return !work.exec_params(
                    "SELECT 1 FROM forecost_trial WHERE study=$1 AND number=$2 AND epoch=$3 AND state=$4",
                    claim.study, claim.number, claim.epoch, state)
                .empty();
  }

  /// Running trials without a living owner and the claims of the next one, by number, with their designs.
  static std::vector<std::pair<Claim, std::string>> orphans(
      pqxx::transaction_base& work, std::int64_t study, const std::function<bool(const std::string&)>& gone) {
    std::vector<std::pair<Claim, std::string>> found;
    const pqxx::result rows =
        work.exec_params("SELECT number, owner, epoch, design, lease_until<=" + now_sql() +
                             " FROM forecost_trial WHERE study=$1 AND state='running' ORDER BY number",
                         study);
    for (const auto& row : rows) {
      if (!row[4].as<bool>() && !gone(row[1].as<std::string>())) continue;
      found.emplace_back(Claim{study, row[0].as<std::int64_t>(), row[2].as<std::int64_t>() + 1},
                         row[3].as<std::string>());
    }
    return found;
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
  bool in_doubt_ = false;  ///< the call at work may have been done already; guarded by turn_
};

}  // namespace

Result<std::unique_ptr<StudyStore>> open_postgresql(const std::string& address, Seconds patience) {
  auto store = std::make_unique<PostgresqlStore>(address);
  FORECOST_TRY([[maybe_unused]] const Done done, store->prepare(patience));
  return std::unique_ptr<StudyStore>(std::move(store));
}

}  // namespace forecost::search
