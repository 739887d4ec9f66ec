// SPDX-License-Identifier: Apache-2.0
/// What is searched for: a space, objectives, limits, and what is known before a trial.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/capacity.h"
#include "forecost/search/pool.h"
#include "forecost/search/space.h"

namespace forecost::search {

/// A metric to make small or large.
struct Objective {
  std::string metric;
  bool minimise = true;
  std::string unit{};
  std::optional<double> worst{};  ///< with several objectives: a value beyond it is worth nothing
};

/// What must hold of a metric. `known`: forecast before the trial, see Problem::forecast; otherwise learned
/// from trials.
struct Limit {
  std::string metric;
  double bound = 0;
  bool at_most = true;
  bool known = false;
  std::string unit{};

  /// <= 0 where the limit holds, in units of the metric.
  double violation(double value) const { return at_most ? value - bound : bound - value; }
};

/// A forecast metric: normal around `value`. deviation 0: exact.
struct Known {
  double value = 0;
  double deviation = 0;
};

struct Problem {
  Space space;
  std::vector<Objective> objectives;  ///< at least one
  std::vector<Limit> limits;
  /// Metrics that are known before a trial, in the order of the limits with `known` (then of objectives that
  /// are in `known_objectives`). Empty function: none. Microseconds. A failure means: this design cannot be
  /// built.
  std::function<Result<std::vector<Known>>(const Design&)> forecast;
  std::vector<std::size_t> known_objectives;  ///< indexes into objectives whose values `forecast` gives
  /// Chance with which a known limit must hold where its forecast has a deviation.
  double confidence = 0.5;

  /// A design that probably holds the known limits, any of them with about the same chance; nothing where
  /// none is known of. For spaces where few designs hold them; `allowed` has the last word. Microseconds but
  /// for the first call, which may take seconds. Empty function: unknown.
  std::function<std::optional<Design>(numeric::Random&)> likely;

  /// How much the network of a design can hold. Costs as much as `forecast`. Fails: it cannot be built. Empty
  /// function: designs do not become networks, or the network depends on a real parameter.
  std::function<Result<Capacity>(const Design&)> capacity;

  /// The only designs that there are; empty: all of the space.
  std::shared_ptr<const Pool> pool;

  /// Whether every known limit holds with `confidence` (exact forecasts: simply holds). True without known
  /// limits. False for what is not in the pool.
  bool allowed(const Design& design) const;
};

/// Last measured value of every metric of a trial, by name.
using Metrics = std::map<std::string, double, std::less<>>;

enum class TrialState {
  waiting,   ///< proposed, claimed by nobody
  running,   ///< claimed
  complete,  ///< has a value for every objective and unknown limit
  stopped,   ///< ended early on purpose; its metrics are those of the last step
  failed     ///< ended without them: crash, time-out, memory, NaN; `failure` says which
};

struct Report {
  std::int64_t step = 0;
  Metrics metrics;
};

struct Trial {
  std::int64_t number = 0;  ///< 0, 1, 2, ... in order of proposal
  Design design;
  TrialState state = TrialState::waiting;
  Metrics metrics;
  std::vector<Report> reports;
  std::string reason;   ///< why the strategy proposed it
  std::string failure;  ///< of a failed or stopped trial
  double seconds = 0;   ///< it took
};

/// Every limit, known and unknown, holds in a complete trial.
bool feasible(const Problem& problem, const Trial& trial);
/// The complete, feasible trial with the best first objective; nothing where there is none.
const Trial* best_of(const Problem& problem, std::span<const Trial> trials);

}  // namespace forecost::search
