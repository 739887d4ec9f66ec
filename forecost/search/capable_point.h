// SPDX-License-Identifier: Apache-2.0
/// First trials where it is known beforehand how much a design's network can hold, or what it costs.
#pragma once

#include <optional>

#include "forecost/numeric/random.h"
#include "forecost/search/problem.h"
#include "forecost/search/strategy.h"
#include "forecost/search/tried.h"

namespace forecost::search {

/// The allowed, untried design of the largest network (Capacity::size) that is found: of a pool the largest;
/// else the largest of 256 feasible points after 120 random steps that make it larger. Without
/// Problem::capacity, and of a pool alone: the design that uses most of the known upper limits, in geometric
/// mean, since limits on cost are mostly active where the objective is best. Nothing where neither is known,
/// and where the first objective is known. Some 400 forecasts.
std::optional<Proposal> capable_point(const Problem& problem, const Tried& tried, numeric::Random& random);

}  // namespace forecost::search
