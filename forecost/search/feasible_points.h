// SPDX-License-Identifier: Apache-2.0
/// Designs that hold the known limits, also where one in a million does.
#pragma once

#include <cstddef>
#include <vector>

#include "forecost/numeric/random.h"
#include "forecost/search/problem.h"
#include "forecost/search/tried.h"

namespace forecost::search {

/// Spaces of so many designs are enumerated.
inline constexpr double enumerable_designs = 20000;

/// How far a design is from holding every known limit: the sum over the limits of
///
///   max(0, violation(value) + z deviation) / max(|bound|, 1e-12),   Phi(z) = problem.confidence
///
/// 0 where all hold; infinity where the forecast fails or is NaN. One forecast.
double known_excess(const Problem& problem, const Design& design);

/// Forecasts spent on finding designs before giving up.
inline constexpr int default_forecasts = 20000;

/// Deviations by which an uncertain forecast must stay inside a known limit: z with Phi(z) =
/// problem.confidence.
double needed_deviations(const Problem& problem);

/// A uniform draw from the allowed designs that were not tried, by rejection; where a thousand draws fail,
/// a member of `feasible_points`. From a pool: a uniform draw. With Problem::likely a few plain draws, then
/// its designs. Fails: `exhausted` naming the limits when none was found.
Result<Design> random_allowed(const Problem& problem, const Tried& tried, numeric::Random& random);

/// Up to `count` different allowed designs that were not tried, spread over the allowed set: those that
/// Problem::likely gives; even points of
/// the space that happen to hold the limits; then the least excessive points walk down their excess (a
/// (1+1) evolution strategy per walk); then walks inside the allowed set until there are enough. A space of
/// at most `enumerable_designs`, and a pool, is enumerated instead. At most `forecasts` forecasts. Empty:
/// none was found.
std::vector<Design> feasible_points(const Problem& problem, const Tried& tried, std::size_t count,
                                    numeric::Random& random, int forecasts = default_forecasts);

/// The error of a search that found no further allowed design.
Error no_design_left(const Problem& problem, const Tried& tried);

}  // namespace forecost::search
