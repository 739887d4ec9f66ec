// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/study.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/network/writer.h"
#include "forecost/search/owner.h"

namespace forecost::search {
namespace {

constexpr auto patience = std::chrono::milliseconds(100);  // while only other processes have trials
constexpr Seconds look_pause{0.1};                         // between looks for trials of dead workers

/// A store keeps numbers only.
void drop_undefined(Metrics& metrics) {
  std::erase_if(metrics, [](const auto& metric) { return !std::isfinite(metric.second); });
}

/// Everything that the workers of this process share.
class Workshop {
 public:
  Workshop(StudyStore& store, const StudyInfo& study, const Problem& problem, Strategy& strategy,
           const Evaluator& evaluator, const device::System& system, const StudyOptions& options)
      : store_(store),
        study_(study),
        problem_(problem),
        strategy_(strategy),
        evaluator_(evaluator),
        system_(system),
        options_(options) {}

  Result<StudySummary> run() {
    {
      const std::scoped_lock lock(turn_);
      const Status synced = sync();
      if (!synced) return synced.error();
    }
    std::thread heart([this] { beat(); });
    std::vector<std::thread> workers;
    for (int i = 1; i < options_.workers; ++i) workers.emplace_back([this] { work(); });
    work();
    for (std::thread& worker : workers) worker.join();
    {
      const std::scoped_lock lock(turn_);
      done_ = true;
    }
    wake_.notify_all();
    heart.join();
    const std::scoped_lock lock(turn_);
    if (error_) return *error_;
    const Status synced = sync();
    if (!synced) return synced.error();
    summary_.trials = history_;
    return summary_;
  }

 private:
  struct Job {
    Claim claim;
    Trial trial;
    bool lost = false;
  };

  bool stopping() const { return options_.stop && options_.stop(); }

  /// Under the lock. What this process itself wrote since is in the history already, and is read once more.
  Status sync() {
    FORECOST_TRY(Changes changes, store_.changes(study_.id, problem_.space, revision_));
    revision_ = changes.revision;
    for (Trial& trial : changes.trials) {
      const auto index = static_cast<std::size_t>(trial.number);
      if (index >= history_.size()) history_.resize(index + 1);
      history_[index] = std::move(trial);
    }
    return Done{};
  }

  void tell_watchers(StudyEvent::Kind kind, std::int64_t number) {
    if (options_.watch) options_.watch({kind, history_[static_cast<std::size_t>(number)], history_});
  }

  void fail(const Error& error) {
    if (!error_) error_ = error;
    done_ = true;
    wake_.notify_all();
  }

  void work() {
    for (;;) {
      std::unique_lock lock(turn_);
      if (done_ || error_) return;
      if (stopping()) {
        summary_.end = StudyEnd::interrupted;
        return;
      }
      Result<std::shared_ptr<Job>> job = next_job();
      if (!job) return fail(job.error());
      if (*job == nullptr) {
        if (!others_run()) return;
        wake_.wait_for(lock, patience);
        continue;
      }
      jobs_.insert(*job);
      tell_watchers((*job)->claim.epoch > 1 ? StudyEvent::Kind::taken_over : StudyEvent::Kind::started,
                    (*job)->trial.number);
      lock.unlock();
      run_job(**job);
      lock.lock();
      jobs_.erase(*job);
      wake_.notify_all();
    }
  }

  bool is_ours(std::int64_t number) const {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [number](const auto& job) { return job->trial.number == number && !job->lost; });
  }

  bool others_run() const {
    return std::any_of(history_.begin(), history_.end(), [this](const Trial& trial) {
      return trial.state == TrialState::running && !is_ours(trial.number);
    });
  }

  /// Under the lock. Nothing when there is nothing to start now.
  Result<std::shared_ptr<Job>> next_job() {
    FORECOST_TRY([[maybe_unused]] const Done synced, sync());
    if (others_run() && system_.now() >= next_look_) {
      const auto gone = [this](const std::string& owner) {
        return owner != options_.owner.name && is_gone(owner, options_.owner.name, system_);
      };
      FORECOST_TRY(auto claimed, store_.take_over(study_, problem_.space, options_.owner, gone));
      FORECOST_TRY([[maybe_unused]] const Done again, sync());
      if (claimed) return job_of(claimed->claim);
      next_look_ = system_.now() + look_pause;
    }
    // Another process may enter the same number first; then there is more history to propose from.
    while (static_cast<std::int64_t>(history_.size()) < options_.trials) {
      Result<Proposal> proposal = strategy_.propose(problem_, history_, study_.seed);
      if (!proposal) {
        if (proposal.error().fault != Fault::exhausted) return proposal.error();
        summary_.end = StudyEnd::exhausted;
        summary_.why = proposal.error().what;
        return std::shared_ptr<Job>();
      }
      Trial trial;
      trial.number = static_cast<std::int64_t>(history_.size());
      trial.design = std::move(proposal->design);
      trial.reason = std::move(proposal->reason);
      trial.state = TrialState::running;
      FORECOST_TRY(const std::optional<Claim> claim,
                   store_.propose(study_, problem_.space, trial, options_.owner));
      if (claim) {
        history_.push_back(std::move(trial));
        return job_of(*claim);
      }
      FORECOST_TRY([[maybe_unused]] const Done others, sync());
    }
    return std::shared_ptr<Job>();
  }

  std::shared_ptr<Job> job_of(const Claim& claim) {
    return std::make_shared<Job>(Job{claim, history_[static_cast<std::size_t>(claim.number)], false});
  }

  Evaluation evaluate(Job& job) {
    Task task{.number = job.trial.number,
              .design = job.trial.design,
              .design_json = problem_.space.to_json(job.trial.design).dump(),
              .network = {}};
    if (options_.network && !options_.network_folder.empty()) {
      Result<network::Network> network = options_.network(task.design);
      if (!network) return failed_because("its network cannot be built: " + network.error().what);
      task.network = options_.network_folder / fmt::format("trial{}.onnx", task.number);
      const Status written = network::write(*network, task.network, options_.network_payload);
      if (!written) return failed_because("its network cannot be written: " + written.error().what);
    }
    std::string early;
    const Contact contact{.report = [&](const Report& report) { return take_report(job, report, early); },
                          .stop = [&] { return should_stop(job); }};
    Evaluation evaluation = evaluator_(task, contact);
    if (evaluation.state == TrialState::stopped && !early.empty()) evaluation.failure = early;
    std::error_code ignored;
    if (!task.network.empty()) std::filesystem::remove(task.network, ignored);
    return evaluation;
  }

  void run_job(Job& job) {
    const Seconds started = system_.now();
    const Evaluation evaluation = judged(problem_, evaluate(job));
    const Seconds took = system_.now() - started;
    const std::scoped_lock lock(turn_);
    // What ended because the study stops is not told: it runs again when the study goes on. What failed at
    // that moment may have been ended by the same hand.
    if (evaluation.state != TrialState::complete && (done_ || stopping())) {
      const Status released = store_.release(job.claim);
      if (!released) fail(released.error());
      return;
    }
    const Result<bool> counted = store_.tell(job.claim, evaluation, took);
    if (!counted) return fail(counted.error());
    if (!*counted) return;
    Trial& told = history_[static_cast<std::size_t>(job.trial.number)];
    told.state = evaluation.state;
    told.metrics = evaluation.metrics;
    told.failure = evaluation.failure;
    told.seconds = took.value;
    ++summary_.ran;
    tell_watchers(StudyEvent::Kind::ended, job.trial.number);
  }

  bool take_report(Job& job, const Report& report, std::string& early) {
    Report defined = report;
    drop_undefined(defined.metrics);
    const std::scoped_lock lock(turn_);
    const Result<bool> kept = store_.report(job.claim, defined);
    if (!kept) {
      fail(kept.error());
      return false;
    }
    if (!*kept) {
      job.lost = true;
      return false;
    }
    const Status synced = sync();
    if (!synced) {
      fail(synced.error());
      return false;
    }
    tell_watchers(StudyEvent::Kind::reported, job.trial.number);
    if (!options_.stop_rule) return true;
    early = options_.stop_rule(problem_, history_, history_[static_cast<std::size_t>(job.trial.number)]);
    return early.empty();
  }

  bool should_stop(const Job& job) {
    const std::scoped_lock lock(turn_);
    return done_ || job.lost || stopping();
  }

  /// Renews the leases of what runs here, three times per lease.
  void beat() {
    const Seconds pause(std::max(0.05, options_.owner.lease.value / 3));
    Seconds next = system_.now() + pause;
    std::unique_lock lock(turn_);
    while (!done_) {
      const Seconds left = next - system_.now();
      if (left.value > 0) {
        wake_.wait_for(lock, std::chrono::duration<double>(left.value));
        continue;
      }
      next = system_.now() + pause;
      for (const auto& job : jobs_) {
        const Result<bool> kept = store_.renew(job->claim, options_.owner);
        if (!kept) return fail(kept.error());
        if (!*kept && history_[static_cast<std::size_t>(job->trial.number)].state == TrialState::running) {
          job->lost = true;
        }
      }
    }
  }

  StudyStore& store_;
  const StudyInfo& study_;
  const Problem& problem_;
  Strategy& strategy_;
  const Evaluator& evaluator_;
  const device::System& system_;
  const StudyOptions& options_;

  std::mutex turn_;
  std::condition_variable wake_;
  std::vector<Trial> history_;
  std::int64_t revision_ = 0;
  Seconds next_look_{0};
  std::set<std::shared_ptr<Job>> jobs_;
  bool done_ = false;
  std::optional<Error> error_;
  StudySummary summary_;
};

}  // namespace

std::string_view name_of(StudyEnd end) {
  constexpr std::array<std::string_view, 3> names{"finished", "exhausted", "interrupted"};
  return names[static_cast<std::size_t>(end)];
}

Evaluation judged(const Problem& problem, Evaluation evaluation) {
  const Metrics told = evaluation.metrics;
  drop_undefined(evaluation.metrics);
  if (evaluation.state != TrialState::complete) return evaluation;
  const auto lacks = [&evaluation, &told](const std::string& metric) {
    const bool there = told.contains(metric);
    evaluation.state = TrialState::failed;
    evaluation.failure = fmt::format("metric '{}' is {}", metric, there ? "not a finite number" : "missing");
  };
  for (std::size_t i = 0; i < problem.objectives.size(); ++i) {
    const auto& known = problem.known_objectives;
    if (std::find(known.begin(), known.end(), i) != known.end()) continue;
    if (!evaluation.metrics.contains(problem.objectives[i].metric)) {
      lacks(problem.objectives[i].metric);
      return evaluation;
    }
  }
  for (const Limit& limit : problem.limits) {
    if (limit.known || evaluation.metrics.contains(limit.metric)) continue;
    lacks(limit.metric);
    return evaluation;
  }
  return evaluation;
}

Result<StudySummary> run_study(StudyStore& store, const StudyInfo& study, const Problem& problem,
                               Strategy& strategy, const Evaluator& evaluator, const device::System& system,
                               const StudyOptions& options) {
  FORECOST_EXPECTS(options.workers >= 1 && options.trials >= 0, "at least one worker");
  FORECOST_EXPECTS(evaluator != nullptr, "something that judges designs");
  return Workshop(store, study, problem, strategy, evaluator, system, options).run();
}

}  // namespace forecost::search
