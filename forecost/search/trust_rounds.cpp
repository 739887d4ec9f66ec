// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/trust_rounds.h"

#include <algorithm>

#include "forecost/numeric/statistics.h"

namespace forecost::search {
namespace {

constexpr double least_gain = 1e-3;

/// How much better a trial must be, given the objectives of the round so far.
bool succeeds(const Merit& next, const Merit& best, double median) {
  if (next.violation != best.violation)
    return next.violation == 0 || next.violation < (1 - least_gain) * best.violation;
  return next.objective < best.objective - least_gain * std::max(0.0, median - best.objective);
}

double median_objective(const Observations& seen, Eigen::Index first, Eigen::Index last) {
  std::vector<double> values;
  for (Eigen::Index row = first; row < last; ++row)
    values.push_back(seen.merit[static_cast<std::size_t>(row)].objective);
  return numeric::median(std::move(values));
}

}  // namespace

TrustRound TrustRound::replay(const Observations& seen, Eigen::Index rows, const TrustRules& rules) {
  TrustRound round{.number = 0, .first = 0, .spreads = true, .side = rules.start, .centre = {}};
  int successes = 0;
  int failures = 0;
  for (Eigen::Index row = 0; row < std::min(rows, seen.rows()); ++row) {
    const Merit& merit = seen.merit[static_cast<std::size_t>(row)];
    const Merit* best = round.centre ? &seen.merit[static_cast<std::size_t>(*round.centre)] : nullptr;
    const bool better = best == nullptr || merit.better_than(*best);
    if (round.spreads) {
      if (better) round.centre = row;
      round.spreads = row + 1 - round.first < rules.initial;
      continue;
    }
    const bool success = better && succeeds(merit, *best, median_objective(seen, round.first, row));
    if (better) round.centre = row;
    successes = success ? successes + 1 : 0;
    failures = success ? 0 : failures + 1;
    if (successes >= rules.successes) {
      round.side = std::min(rules.most, 2 * round.side);
      successes = 0;
    }
    if (failures >= rules.failures) {
      round.side *= 0.5;
      failures = 0;
    }
    if (round.side >= rules.least) continue;
    round = {
        .number = round.number + 1, .first = row + 1, .spreads = true, .side = rules.start, .centre = {}};
    successes = 0;
    failures = 0;
  }
  return round;
}

}  // namespace forecost::search
