// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/capable_point.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "forecost/search/feasible_points.h"
#include "forecost/search/moves.h"

namespace forecost::search {
namespace {

constexpr std::size_t drawn = 256;
constexpr int steps = 120;
constexpr double nothing = -std::numeric_limits<double>::infinity();

double network_size(const Problem& problem, const Design& design) {
  const auto capacity = problem.capacity(design);
  if (!capacity) return nothing;
  const double size = capacity->size();
  return std::isnan(size) ? nothing : size;
}

/// The logarithm of the geometric mean of value over bound, in units of their number; nothing where one is
/// not positive or there is none.
double use_of_limits(const Problem& problem, const Design& design) {
  if (!problem.forecast) return nothing;
  const auto known = problem.forecast(design);
  if (!known) return nothing;
  double use = 0;
  std::size_t place = 0;
  std::size_t counted = 0;
  for (const Limit& limit : problem.limits) {
    if (!limit.known) continue;
    const double value = (*known)[place++].value;
    if (!limit.at_most) continue;
    if (!(value > 0) || !(limit.bound > 0)) return nothing;
    use += std::log(value / limit.bound);
    ++counted;
  }
  return counted > 0 ? use : nothing;
}

bool knows_objective(const Problem& problem) {
  const auto& known = problem.known_objectives;
  return std::find(known.begin(), known.end(), std::size_t{0}) != known.end();
}

struct Sized {
  Design design;
  double size = nothing;
};

/// Steps that make the network larger and stay allowed.
void grow(const Problem& problem, const Tried& tried, Sized& at, numeric::Random& random) {
  for (int i = 0; i < steps; ++i) {
    Sized next{.design = moved(problem.space, at.design, {.size = 0.15, .share = 0.25}, random)};
    if (tried.contains(next.design) || !problem.allowed(next.design)) continue;
    next.size = network_size(problem, next.design);
    if (next.size > at.size) at = std::move(next);
  }
}

}  // namespace

std::optional<Proposal> capable_point(const Problem& problem, const Tried& tried, numeric::Random& random) {
  const bool sized = static_cast<bool>(problem.capacity);
  if (knows_objective(problem) || (!sized && !problem.pool)) return std::nullopt;
  const std::size_t count = problem.pool ? problem.pool->designs().size() : drawn;
  Sized best;
  for (Design& design : feasible_points(problem, tried, count, random)) {
    const double size = sized ? network_size(problem, design) : use_of_limits(problem, design);
    if (size > best.size) best = {std::move(design), size};
  }
  if (best.size == nothing) return std::nullopt;
  if (!problem.pool) grow(problem, tried, best, random);
  return Proposal{.design = std::move(best.design),
                  .reason = sized ? "a start point: of the largest networks that hold the limits"
                                  : "a start point: it uses most of what the limits allow"};
}

}  // namespace forecost::search
