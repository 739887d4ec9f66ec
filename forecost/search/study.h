// SPDX-License-Identifier: Apache-2.0
/// The loop around ask and tell: proposes, runs, stores, until the study has its trials.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "forecost/device/system.h"
#include "forecost/network/writer.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/evaluator.h"
#include "forecost/search/known_costs.h"
#include "forecost/search/problem.h"
#include "forecost/search/stop_rules.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_store.h"

namespace forecost::search {

/// What happened, for those who watch. `history`: all trials as they stand.
struct StudyEvent {
  enum class Kind { started, reported, ended, taken_over };
  Kind kind = Kind::started;
  const Trial& trial;
  std::span<const Trial> history;
};

struct StudyOptions {
  std::int64_t trials = 50;  ///< the study has so many in the end, those from before included
  int workers = 1;           ///< trials that run at a time, each in a thread of its own
  Owner owner;
  StopRule stop_rule;          ///< may be empty
  std::function<bool()> stop;  ///< end the study now; running trials are left to be taken over
  std::function<void(const StudyEvent&)> watch;               ///< one call at a time, from any worker
  NetworkMaker network;                                       ///< writes Task::network; empty: no file
  std::filesystem::path network_folder;                       ///< where to
  network::Payload network_payload = network::Payload::full;  ///< whether with weights
};

enum class StudyEnd { finished, exhausted, interrupted };
std::string_view name_of(StudyEnd end);

struct StudySummary {
  StudyEnd end = StudyEnd::finished;
  std::string why;            ///< of `exhausted`: what the strategy said
  std::int64_t ran = 0;       ///< trials that ended in this call
  std::vector<Trial> trials;  ///< by number
};

/// Trials that dead workers left are run first. With one worker, the same problem, strategy, seed and
/// evaluations give the same trials, however often the study was stopped or killed and run again; times
/// alone differ. A trial without a finite value for an objective or an unknown limit is failed.
/// Fails: as the store does; as the strategy does, but for `exhausted`.
Result<StudySummary> run_study(StudyStore& store, const StudyInfo& study, const Problem& problem,
                               Strategy& strategy, const Evaluator& evaluator, const device::System& system,
                               const StudyOptions& options);

/// `evaluation`, or a failure that names the metric that it lacks.
Evaluation judged(const Problem& problem, Evaluation evaluation);

}  // namespace forecost::search
