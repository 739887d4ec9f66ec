// SPDX-License-Identifier: Apache-2.0
/// Early termination: whether a running trial is still worth its time, by its intermediate results.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"

namespace forecost::search {

/// Asked after each intermediate result of `trial`, its last report included: why it should end now, or "".
/// Pure. Looks at the first objective; a report without it is never a reason.
using StopRule =
    std::function<std::string(const Problem& problem, std::span<const Trial> history, const Trial& trial)>;

struct StopRuleOptions {
  std::string rule = "none";   ///< a name of `stop_rule_names`
  std::int64_t steps = 1;      ///< never before this step; asha: the first rung
  std::int64_t trials = 5;     ///< median, extrapolation: never before so many others can be compared with
  std::int64_t reduction = 3;  ///< asha: one in so many goes on at each rung, rungs are that far apart
  double chance = 0.9;         ///< chance: the objective of a network that learned nothing
  double probability = 0.05;   ///< extrapolation: a trial with a smaller chance of beating the best one ends
  std::int64_t horizon = 0;    ///< extrapolation: step of the end; 0: the last one of complete trials
};

/// "none".
/// "median": the best value of the trial so far is worse than the median of the others' best values up to the
///   same step (Golovin et al. 2017, Google Vizier).
/// "asha": at steps `steps * reduction^k` the value is not among the best 1 / reduction of those that trials
/// had
///   there (Li et al. 2020).
/// "chance": from `steps` on, the value is not better than `chance`: it diverged (Stamoulis et al. 2018).
/// "extrapolation": the curve of the trial's reports beats the best complete trial (the best feasible one,
/// where
///   there is one) at the horizon with less than `probability`, which the reason states (learning_curve.h).
///   From the fourth report on, and never while a report has beaten it already.
const std::vector<std::string>& stop_rule_names();

/// An empty function for "none". Fails: `not_found` for another name.
Result<StopRule> make_stop_rule(const StopRuleOptions& options);

}  // namespace forecost::search
