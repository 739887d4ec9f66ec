// SPDX-License-Identifier: Apache-2.0
/// Where a search begins.
#pragma once

#include <cstdint>
#include <span>

#include "forecost/search/strategy.h"
#include "forecost/search/tried.h"

namespace forecost::search {

/// The first of the seeded even points that is allowed and new; where four thousand (64 with Problem::likely)
/// are not, a random allowed design. Of a pool: the allowed design nearest to the next even point. Fails:
/// `exhausted`.
Result<Proposal> start_point(const Problem& problem, std::span<const Trial> history, std::uint64_t seed,
                             const Tried& tried);

}  // namespace forecost::search
