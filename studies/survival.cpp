// SPDX-License-Identifier: Apache-2.0
// Studies under load and under kill -9, in SQLite and PostgreSQL: trials a second, how busy workers are, how
// long a claim takes, lost and doubled trials.
//
// Workers are processes of their own where the text says so. PostgreSQL is a server of this study's, on this
// machine; without one its figures are left out. FORECOST_STUDY_KILLS (200) per database.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "forecost/numeric/random.h"
#include "forecost/numeric/statistics.h"
#include "forecost/report/figure.h"
#include "forecost/search/owner.h"
#include "forecost/search/study.h"
#include "settings.h"
#include "tests/search/postgresql_server.h"
#include "tests/search/temporary.h"

namespace {

using namespace forecost;
using namespace forecost::search;
using report::Figure;
using std::chrono::duration;

/// Where a study is kept, and how to open that from any process.
struct Place {
  std::string name;
  std::function<Result<std::unique_ptr<StudyStore>>()> open;
};

/// Passes calls on and notes how long each proposal of a trial took, and whether it won.
class WatchedStore final : public StudyStore {
 public:
  explicit WatchedStore(std::unique_ptr<StudyStore> inner) : inner_(std::move(inner)) {}
  Result<StudyInfo> enter(const std::string& name, const std::string& definition,
                          std::uint64_t seed) override {
    return inner_->enter(name, definition, seed);
  }
  Result<StudyInfo> find(const std::string& name) override { return inner_->find(name); }
  Result<std::vector<StudyInfo>> list() override { return inner_->list(); }
  Status remove(std::int64_t study) override { return inner_->remove(study); }
  Result<Changes> changes(std::int64_t study, const Space& space, std::int64_t after) override {
    return inner_->changes(study, space, after);
  }
  Result<std::optional<Claim>> propose(const StudyInfo& study, const Space& space, const Trial& trial,
                                       const Owner& owner) override {
    const auto started = std::chrono::steady_clock::now();
    auto claim = inner_->propose(study, space, trial, owner);
    claims_.push_back(duration<double>(std::chrono::steady_clock::now() - started).count());
    return claim;
  }
  Result<std::optional<ClaimedTrial>> take_over(
      const StudyInfo& study, const Space& space, const Owner& owner,
      const std::function<bool(const std::string&)>& gone) override {
    return inner_->take_over(study, space, owner, gone);
  }
  Result<bool> renew(const Claim& claim, const Owner& owner) override { return inner_->renew(claim, owner); }
  Result<bool> report(const Claim& claim, const Report& report) override {
    return inner_->report(claim, report);
  }
  Result<bool> tell(const Claim& claim, const Evaluation& evaluation, Seconds took) override {
    return inner_->tell(claim, evaluation, took);
  }
  Status release(const Claim& claim) override { return inner_->release(claim); }
  Status import(std::int64_t study, const Space& space, const Trial& trial) override {
    return inner_->import(study, space, trial);
  }
  Result<std::int64_t> late(std::int64_t study) override { return inner_->late(study); }

  const std::vector<double>& claims() const { return claims_; }

 private:
  std::unique_ptr<StudyStore> inner_;
  std::vector<double> claims_;
};

Problem problem() {
  Problem made;
  Parameter x;
  x.name = "x";
  Parameter y;
  y.name = "y";
  made.space = Space::make({x, y}).value();
  made.objectives = {{"error"}};
  return made;
}

/// Takes so long.
Evaluator sleeper(double seconds) {
  return [seconds](const Task& task, const Contact&) {
    std::this_thread::sleep_for(duration<double>(seconds));
    return completed({{"error", task.design.values[0]}});
  };
}

struct Run {
  std::int64_t trials = 100;
  int workers = 1;
  double seconds = 0;                           ///< of one trial
  std::function<void(std::int64_t)> counted{};  ///< a trial was told and counted
};

/// One process's part in study `name`.
Result<StudySummary> work(StudyStore& store, const std::string& name, const Run& run,
                          const device::System& system) {
  FORECOST_TRY(const StudyInfo study, store.enter(name, "survival", 1));
  FORECOST_TRY(const std::unique_ptr<Strategy> strategy,
               find_strategy("random")->make(nlohmann::json::object()));
  StudyOptions options;
  options.trials = run.trials;
  options.workers = run.workers;
  options.owner = {this_owner(system), Seconds(60)};
  options.watch = [&run](const StudyEvent& event) {
    if (run.counted && event.kind == StudyEvent::Kind::ended) run.counted(event.trial.number);
  };
  return run_study(store, study, problem(), *strategy, sleeper(run.seconds), system, options);
}

double timed(const std::function<void()>& act) {
  const auto started = std::chrono::steady_clock::now();
  act();
  return duration<double>(std::chrono::steady_clock::now() - started).count();
}

/// In a process of its own; ends it with 0 when `act` says so.
pid_t start(const std::function<bool()>& act) {
  const pid_t child = fork();
  if (child == 0) _exit(act() ? 0 : 1);
  return child;
}

Figure plain(const std::string& key, double value, const std::string& unit = "") {
  return {key, value, unit};
}
Figure at_most(const std::string& key, double value, const std::string& unit, double limit) {
  return {key, value, unit, Figure::Goal::at_most, limit};
}
Figure at_least(const std::string& key, double value, const std::string& unit, double limit) {
  return {key, value, unit, Figure::Goal::at_least, limit};
}

void show(const Figure& figure) {
  fmt::print("{}\n", report::result_line(figure));
  std::fflush(stdout);
}

/// Objectives of 0 s: what the study itself costs.
void throughput(const Place& place, const device::System& system) {
  for (const int workers : {1, 2, 4, 8}) {
    const std::int64_t trials = 800;
    const double seconds = timed([&] {
      std::vector<pid_t> processes;
      for (int i = 0; i < workers; ++i) {
        processes.push_back(start([&] {
          const auto store = place.open().value();
          return work(*store, fmt::format("throughput{}", workers), {.trials = trials}, system).has_value();
        }));
      }
      for (const pid_t process : processes) waitpid(process, nullptr, 0);
    });
    show(plain(fmt::format("survival.{}.trials_per_second.{}_processes", place.name, workers),
               static_cast<double>(trials) / seconds, "1/s"));
    if (workers == 1 && place.name == "sqlite") {
      show(
          at_most("survival.sqlite.cost_per_trial", 1000 * seconds / static_cast<double>(trials), "ms", 2.0));
    }
  }
}

void busy(const Place& place, const device::System& system) {
  const Run run{.trials = 400, .workers = 8, .seconds = 0.05};
  const auto store = place.open().value();
  double inside = 0;
  const double seconds = timed([&] {
    const StudySummary summary = work(*store, "busy", run, system).value();
    for (const Trial& trial : summary.trials) inside += trial.seconds;
  });
  show(at_least(fmt::format("survival.{}.busy_share_8_workers", place.name), 100 * inside / (8 * seconds),
                "%", 90.0));
}

/// 64 processes; trials of 1 s as the shortest that a cluster is used for.
void many(const Place& place, const device::System& system, const std::filesystem::path& folder) {
  constexpr int workers = 64;
  constexpr std::int64_t trials = 640;
  std::vector<pid_t> processes;
  for (int i = 0; i < workers; ++i) {
    processes.push_back(start([&] {
      WatchedStore store(place.open().value());
      const bool good = work(store, "many", {.trials = trials, .seconds = 1}, system).has_value();
      std::ofstream stream(folder / fmt::format("claims{}", i));
      for (const double claim : store.claims()) stream << claim << "\n";
      return good;
    }));
  }
  int failed = 0;
  for (const pid_t process : processes) {
    int status = 0;
    waitpid(process, &status, 0);
    failed += status != 0 ? 1 : 0;
  }
  std::vector<double> claims;
  for (int i = 0; i < workers; ++i) {
    std::ifstream stream(folder / fmt::format("claims{}", i));
    for (double claim = 0; stream >> claim;) claims.push_back(claim);
  }
  const auto store = place.open().value();
  const StudyInfo info = store->find("many").value();
  show(at_most(fmt::format("survival.{}.64_workers.failed_workers", place.name), static_cast<double>(failed),
               "workers", 0.0));
  show(at_most(fmt::format("survival.{}.64_workers.lost_trials", place.name),
               static_cast<double>(trials - info.complete), "trials", 0.0));
  show(at_most(fmt::format("survival.{}.64_workers.doubled_trials", place.name),
               static_cast<double>(store->late(info.id).value()), "trials", 0.0));
  show(plain(fmt::format("survival.{}.64_workers.claim_median", place.name),
             1000 * numeric::quantile(claims, 0.5), "ms"));
  show(at_most(fmt::format("survival.{}.64_workers.claim_p99", place.name),
               1000 * numeric::quantile(claims, 0.99), "ms", 50.0));
}

/// Four processes of two workers each; a random one is killed after a random time and started anew.
void storm(const Place& place, const device::System& system, const std::filesystem::path& folder) {
  const int kills = std::stoi(studies::setting("FORECOST_STUDY_KILLS", "200"));
  const std::int64_t trials = 20L * kills;
  const std::string told = (folder / (place.name + "-told")).string();
  const auto begin = [&] {
    return start([&] {
      const int log = open(told.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      const auto count = [log](std::int64_t number) {
        const std::string line = std::to_string(number) + "\n";
        if (write(log, line.data(), line.size()) < 0) std::abort();
      };
      const auto store = place.open();
      if (!store) return false;
      const auto done =
          work(**store, "storm", {.trials = trials, .workers = 2, .seconds = 0.01, .counted = count}, system);
      if (!done) fmt::print(stderr, "{}\n", to_string(done.error()));
      return done.has_value();
    });
  };
  numeric::Random random(1);
  std::vector<pid_t> processes;
  for (int i = 0; i < 4; ++i) processes.push_back(begin());
  int done = 0;
  int failed = 0;
  for (; done < kills; ++done) {
    std::this_thread::sleep_for(duration<double>(random.uniform(0.0, 0.12)));
    pid_t& victim = processes[static_cast<std::size_t>(random.uniform() * 4)];
    kill(victim, SIGKILL);
    int status = 0;
    waitpid(victim, &status, 0);
    // One that ended before it was killed must have ended well.
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    failed += !killed && status != 0 ? 1 : 0;
    victim = begin();
  }
  for (const pid_t process : processes) {
    int status = 0;
    waitpid(process, &status, 0);
    failed += status != 0 ? 1 : 0;
  }
  std::map<std::int64_t, int> counted;
  std::ifstream stream(told);
  for (std::int64_t number = 0; stream >> number;) ++counted[number];
  const auto doubled =
      std::count_if(counted.begin(), counted.end(), [](const auto& one) { return one.second > 1; });
  const auto store = place.open().value();
  const StudyInfo info = store->find("storm").value();
  const std::string at = fmt::format("survival.{}.storm", place.name);
  show(at_least(at + ".kills", static_cast<double>(done), "kills", 200.0));
  show(at_most(at + ".unfinished_workers", static_cast<double>(failed), "workers", 0.0));
  show(
      at_most(at + ".lost_trials", static_cast<double>(trials - info.complete - info.failed), "trials", 0.0));
  show(at_most(at + ".doubled_trials", static_cast<double>(doubled), "trials", 0.0));
  show(plain(at + ".given_up_trials", static_cast<double>(info.failed), "trials"));
}

void all(const Place& place, const device::System& system, const std::filesystem::path& folder) {
  throughput(place, system);
  busy(place, system);
  if (place.name == "postgresql") many(place, system, folder);
  storm(place, system, folder);
}

}  // namespace

int main() {
  const search::tests::Temporary folder;
  const auto system = device::this_machine();
  const auto file = folder.path() / "studies.sqlite";
  all({"sqlite", [&file] { return open_sqlite(file); }}, *system, folder.path());
  SQLite::Database sqlite(file.string(), SQLite::OPEN_READONLY);
  const bool whole = sqlite.execAndGet("PRAGMA integrity_check").getString() == "ok";
  show(at_most("survival.sqlite.integrity_errors", whole ? 0.0 : 1.0, "errors", 0.0));
  if (!search::tests::PostgresqlServer::programs()) {
    fmt::print("{}\n", report::absent_line("survival.postgresql", "PostgreSQL is not installed"));
    return 0;
  }
  search::tests::PostgresqlServer server;
  all({"postgresql", [&server] { return open_postgresql(server.address()); }}, *system, folder.path());
}
