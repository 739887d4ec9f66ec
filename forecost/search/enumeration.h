// SPDX-License-Identifier: Apache-2.0
/// Every design of a small space, in order.
#pragma once

#include <cstddef>
#include <functional>

#include "forecost/search/space.h"

namespace forecost::search {

/// Calls `visit` with each different design, the last parameter changing fastest, until it returns false.
/// Reals take `levels` values, evenly spread over the range (or its logarithm), ends included; one level is
/// the middle. Calls: the product of counts of active parameters.
void enumerate(const Space& space, int levels, const std::function<bool(const Design&)>& visit);

}  // namespace forecost::search
