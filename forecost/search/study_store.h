// SPDX-License-Identifier: Apache-2.0
/// Studies that survive: trials in a database that many workers share (docs/formats/study-store.md).
///
/// A trial is entered by the worker that proposed it and belongs to it for a lease, which heartbeats renew.
/// When the lease runs out, or its owner is known to be gone, another worker takes the trial over: the epoch
/// of the trial rises, and what the former owner still tells is kept apart and not counted. Every call is one
/// transaction: a kill at any moment leaves each trial as it was before or after the call.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"
#include "forecost/search/evaluator.h"
#include "forecost/search/problem.h"

namespace forecost::search {

struct StudyInfo {
  std::int64_t id = 0;
  std::string name;
  std::string definition;  ///< text of the study file
  std::uint64_t seed = 1;
  std::int64_t created = 0;  ///< seconds since 1970
  std::int64_t trials = 0, complete = 0, failed = 0, running = 0;
};

/// The right to run a trial.
struct Claim {
  std::int64_t study = 0;
  std::int64_t number = 0;
  std::int64_t epoch = 0;  ///< 1 for the first owner
};

struct ClaimedTrial {
  Claim claim;
  Design design;
};

/// Trials that changed after a revision, by number, and the newest revision.
struct Changes {
  std::vector<Trial> trials;
  std::int64_t revision = 0;
};

/// Who asks, and for how long a trial is theirs without a heartbeat.
struct Owner {
  std::string name;
  Seconds lease{60};
};

/// A trial whose owners died so often is failed: it may be what kills them.
inline constexpr std::int64_t most_epochs = 3;

class StudyStore {
 public:
  virtual ~StudyStore() = default;

  /// Fails: `bad_input` when there is a study of that name with another definition or seed.
  virtual Result<StudyInfo> enter(const std::string& name, const std::string& definition,
                                  std::uint64_t seed) = 0;
  /// Fails: `not_found`; the hint names the studies there are.
  virtual Result<StudyInfo> find(const std::string& name) = 0;
  virtual Result<std::vector<StudyInfo>> list() = 0;
  virtual Status remove(std::int64_t study) = 0;

  /// revision 0: all trials.
  virtual Result<Changes> changes(std::int64_t study, const Space& space, std::int64_t after) = 0;

  /// Enters trial `number` as running and claimed. Nothing when that number is taken: another worker was
  /// faster, so look at the changes and propose again.
  virtual Result<std::optional<Claim>> propose(const StudyInfo& study, const Space& space, const Trial& trial,
                                               const Owner& owner) = 0;
  /// The first trial whose lease ran out or whose owner `gone` says is gone; nothing when there is none.
  /// Forgets what its former owner reported.
  virtual Result<std::optional<ClaimedTrial>> take_over(
      const StudyInfo& study, const Space& space, const Owner& owner,
      const std::function<bool(const std::string&)>& gone) = 0;
  /// The next three: false when the claim is lost. `tell` then keeps the evaluation apart.
  virtual Result<bool> renew(const Claim& claim, const Owner& owner) = 0;
  virtual Result<bool> report(const Claim& claim, const Report& report) = 0;
  virtual Result<bool> tell(const Claim& claim, const Evaluation& evaluation, Seconds took) = 0;

  /// Gives a trial back unrun: the next take-over gets it, and this attempt does not count.
  virtual Status release(const Claim& claim) = 0;

  /// Enters a finished trial from elsewhere under its number. Fails: `bad_input` when the number is taken.
  virtual Status import(std::int64_t study, const Space& space, const Trial& trial) = 0;
  /// Evaluations that came too late.
  virtual Result<std::int64_t> late(std::int64_t study) = 0;
};

std::string_view name_of(TrialState state);
std::optional<TrialState> find_state(std::string_view name);

/// One SQLite file for any number of studies, shared by the processes of one machine. Thread-safe.
/// Fails: `permission`, `exhausted`; `bad_input` when the file is not ours; `unsupported` when a newer
/// Forecost wrote it.
Result<std::unique_ptr<StudyStore>> open_sqlite(const std::filesystem::path& file);

/// Tables forecost_* of a PostgreSQL database that machines share: "postgresql://user@host/database".
/// Thread-safe. A database that goes away later is waited for, for a minute; one that does not answer now,
/// for `patience`. Fails: `failed` when it does not answer; `unsupported` when a newer Forecost wrote it.
Result<std::unique_ptr<StudyStore>> open_postgresql(const std::string& address,
                                                    Seconds patience = Seconds(0));

}  // namespace forecost::search
