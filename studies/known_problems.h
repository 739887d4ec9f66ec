// SPDX-License-Identifier: Apache-2.0
/// Search problems with known optima: what studies and tests of strategies are run on.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/search/problem.h"

namespace forecost::studies {

/// The best of the optimizers that were run once on these problems with the same budget (Optuna 5.0.0.dev GP,
/// TPE and NSGA-II, BoTorch 0.9.5, HEBO 0.3.6, bayesopt, and others; medians of 3 to 5 seeds).
struct Bar {
  double at_60 = 0;
  double at_100 = 0;
  std::string_view who;
};

struct KnownProblem {
  std::string name;
  search::Problem problem;
  std::function<search::Metrics(const search::Design&)> evaluate;
  double optimum = 0;             ///< least objective; for several objectives the largest hypervolume
  std::vector<double> reference;  ///< point of the hypervolume; empty for one objective
  Bar bar;
};

/// Every problem. Objectives f (f1, f2), unknown limits g1, g2, ... <= 0; sources beside each definition.
std::vector<KnownProblem> known_problems();
/// One of them by name; the caller knows that it exists.
KnownProblem known_problem(std::string_view name);

/// A trial of `design`, complete, with all metrics.
search::Trial finished(const KnownProblem& known, std::int64_t number, search::Design design);

/// The objectives of a trial, in order.
std::vector<double> objectives_of(const KnownProblem& known, const search::Trial& trial);

/// Area between a front of (f1, f2), both small is good, and the reference. O(n log n).
double hypervolume(std::vector<std::pair<double, double>> points, const std::vector<double>& reference);

}  // namespace forecost::studies
