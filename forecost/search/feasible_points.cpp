// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/feasible_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "forecost/numeric/normal.h"
#include "forecost/search/enumeration.h"
#include "forecost/search/even_points.h"
#include "forecost/search/moves.h"

namespace forecost::search {
namespace {

constexpr int plain_draws = 1000;
constexpr int few_plain_draws = 24;  ///< where likely designs come next
constexpr int likely_draws = 200;
constexpr int likely_per_design = 8;
constexpr int few_forecasts = 2000;  ///< where no likely design holds
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The z with Phi(z) = share, by bisection.
double normal_quantile(double share) {
  if (share == 0.5) return 0;
  double low = -8;
  double high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (numeric::log_normal_cdf(middle).value < std::log(share) ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

struct Found {
  Design design;
  double excess = infinity;
};

/// Steps that lower the excess, or keep it on a plateau; step sizes follow the one-fifth rule.
void walk_down(const Problem& problem, Found& at, int forecasts, numeric::Random& random) {
  double size = 0.2;
  for (int i = 0; i < forecasts && at.excess > 0; ++i) {
    Design next = moved(problem.space, at.design, {.size = size, .share = 0.5}, random);
    const double excess = known_excess(problem, next);
    if (excess < at.excess) size = std::min(0.5, size * 1.5);
    if (!(excess < at.excess)) size = std::max(1e-4, size * 0.9);
    if (excess <= at.excess) at = {std::move(next), excess};
  }
}

class Collection {
 public:
  Collection(const Problem& problem, Tried tried, std::size_t count)
      : problem_(problem), seen_(std::move(tried)), count_(count) {}

  bool full() const { return designs_.size() >= count_; }
  bool offer(const Design& design) {
    if (full() || seen_.contains(design)) return false;
    seen_.add(design);
    designs_.push_back(design);
    return true;
  }
  const std::vector<Design>& designs() const { return designs_; }
  const Problem& problem() const { return problem_; }

 private:
  const Problem& problem_;
  Tried seen_;
  std::size_t count_;
  std::vector<Design> designs_;
};

void enumerate_into(Collection& found, numeric::Random& random) {
  std::vector<Design> all;
  if (found.problem().pool) {
    all = found.problem().pool->designs();
  } else {
    enumerate(found.problem().space, 1, [&](const Design& design) {
      all.push_back(design);
      return true;
    });
  }
  random.shuffle(all);
  for (const Design& design : all) {
    if (found.full()) return;
    if (found.problem().allowed(design)) found.offer(design);
  }
}

/// Adds likely designs that are allowed to the collection and to `inside`. Returns the forecasts spent.
int add_likely(Collection& found, std::size_t count, std::vector<Design>& inside, numeric::Random& random) {
  const Problem& problem = found.problem();
  const int most = likely_per_design * static_cast<int>(count) + likely_draws;
  for (int i = 0; i < most; ++i) {
    if (found.full()) return i;
    const std::optional<Design> design = problem.likely(random);
    if (!design) return i;
    if (!problem.allowed(*design)) continue;
    found.offer(*design);
    inside.push_back(*design);
  }
  return most;
}

}  // namespace

double needed_deviations(const Problem& problem) {
  return normal_quantile(problem.confidence);
}

double known_excess(const Problem& problem, const Design& design) {
  if (problem.pool && !problem.pool->contains(design)) return infinity;
  bool any = false;
  for (const Limit& limit : problem.limits) any = any || limit.known;
  if (!any && !problem.forecast) return 0;
  if (!problem.forecast) return infinity;
  const auto known = problem.forecast(design);
  if (!known.has_value()) return infinity;
  const double z = needed_deviations(problem);
  double sum = 0;
  std::size_t index = 0;
  for (const Limit& limit : problem.limits) {
    if (!limit.known) continue;
    if (index >= known->size()) return infinity;
    const Known& value = (*known)[index++];
    const double over = limit.violation(value.value) + z * value.deviation;
    if (std::isnan(over)) return infinity;
    if (over > 0) sum += over / std::max(std::abs(limit.bound), 1e-12);
  }
  return sum;
}

std::vector<Design> feasible_points(const Problem& problem, const Tried& tried, std::size_t count,
                                    numeric::Random& random, int forecasts) {
  Collection found(problem, tried, count);
  if (problem.pool || problem.space.cardinality() <= enumerable_designs) {
    enumerate_into(found, random);
    return found.designs();
  }
  EvenPoints points(problem.space, random.bits());
  std::vector<Found> near;
  std::vector<Design> inside;
  if (problem.likely) {
    forecasts = std::max(0, forecasts - add_likely(found, count, inside, random));
    if (inside.empty()) forecasts = std::min(forecasts, few_forecasts);
  }
  const int drawn = forecasts / 4;
  for (int i = 0; i < drawn && !found.full(); ++i) {
    Found next{.design = problem.space.decode(points.next()), .excess = infinity};
    next.excess = known_excess(problem, next.design);
    if (next.excess <= 0) {
      found.offer(next.design);
      inside.push_back(std::move(next.design));
    } else {
      near.push_back(std::move(next));
    }
  }
  if (found.full()) return found.designs();
  const auto walks = std::min<std::size_t>({near.size(), count, 24});
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(walks), near.end(),
                    [](const Found& a, const Found& b) { return a.excess < b.excess; });
  for (std::size_t i = 0; i < walks && !found.full(); ++i) {
    walk_down(problem, near[i], forecasts / 2 / static_cast<int>(walks), random);
    if (near[i].excess > 0) continue;
    found.offer(near[i].design);
    inside.push_back(near[i].design);
  }
  if (inside.empty()) return {};
  double size = 0.3;
  for (int i = 0; i < forecasts / 4 && !found.full(); ++i) {
    const auto from =
        static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(inside.size()) - 1));
    const Design next = moved(problem.space, inside[from], {.size = size, .share = 0.5}, random);
    const bool holds = problem.allowed(next);
    size = std::clamp(size * (holds ? 1.3 : 0.93), 1e-4, 0.5);
    if (!holds) continue;
    found.offer(next);
    inside.push_back(next);
  }
  return found.designs();
}

Result<Design> random_allowed(const Problem& problem, const Tried& tried, numeric::Random& random) {
  std::vector<double> unit(problem.space.size());
  const int plain = problem.pool ? 0 : problem.likely ? few_plain_draws : plain_draws;
  for (int i = 0; i < plain; ++i) {
    for (double& u : unit) u = random.uniform();
    Design design = problem.space.decode(unit);
    if (!tried.contains(design) && problem.allowed(design)) return design;
  }
  for (int i = 0; problem.likely && i < likely_draws; ++i) {
    std::optional<Design> design = problem.likely(random);
    if (!design) break;
    if (!tried.contains(*design) && problem.allowed(*design)) return *std::move(design);
  }
  auto designs = feasible_points(problem, tried, problem.pool ? 1 : 8, random);
  if (designs.empty()) return no_design_left(problem, tried);
  return designs[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(designs.size()) - 1))];
}

Error no_design_left(const Problem& problem, const Tried& tried) {
  std::string limits;
  for (const Limit& limit : problem.limits) {
    if (!limit.known) continue;
    limits +=
        fmt::format("{}{} {} {:g}{}{}", limits.empty() ? "" : ", ", limit.metric,
                    limit.at_most ? "<=" : ">=", limit.bound, limit.unit.empty() ? "" : " ", limit.unit);
  }
  if (limits.empty()) {
    return {Fault::exhausted, fmt::format("all {} designs of the space were tried", tried.size()), "space",
            "widen the space, or end the study here"};
  }
  return {Fault::exhausted, "no untried design was found that holds the known limits", limits,
          "relax a limit, or widen the space towards cheaper designs"};
}

}  // namespace forecost::search
