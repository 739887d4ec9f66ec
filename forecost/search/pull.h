// SPDX-License-Identifier: Apache-2.0
/// Ways back into the allowed set.
#pragma once

#include <optional>
#include <vector>

#include "forecost/search/problem.h"

namespace forecost::search {

/// The last allowed design on the straight way, in unit coordinates, from `inside` to a design that a known
/// limit forbids, by bisection. Six forecasts. Nothing when none of the designs on the way was allowed.
std::optional<Design> pulled_inside(const Problem& problem, const std::vector<double>& inside,
                                    const Design& outside);

}  // namespace forecost::search
