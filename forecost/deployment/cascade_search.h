// SPDX-License-Identifier: Apache-2.0
/// Which networks a cascade should ask, in which order, and how sure each must be.
///
/// All accuracies against one spending at once: the front. Thresholds that can be optimal lie just before a
/// sample that the stage gets wrong, because answering one more sample that it gets right never costs
/// accuracy and always saves what later stages cost. Over these thresholds and all orders of candidates a
/// depth-first search drops what cannot beat the front even if a later network were right on all that is
/// left, at the price of the cheapest one: the front is exact.
///
/// Where that takes more than `effort`, stages before the last threshold take at most L thresholds, evenly
/// spread over the samples they answer, L as large as the effort allows; then every threshold of every
/// cascade of the front is moved to its best place with the others held, until nothing changes or as much
/// effort again is spent. Cascades of up to two networks are exact always.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "forecost/deployment/cascade.h"

namespace forecost::deployment {

struct CascadeQuestion {
  Spending minimise = Spending::time;
  Spent most{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(),
             std::numeric_limits<double>::infinity()};       ///< of the mean per sample
  Seconds longest{std::numeric_limits<double>::infinity()};  ///< of any sample
  std::size_t stages = 3;                                    ///< at most; 1 ... 6
  std::int64_t effort = 1'000'000'000;                       ///< samples looked at, about 2 ns each
};

struct CascadePoint {
  Cascade cascade;
  CascadeResult tuned;  ///< on the samples that it was chosen on
};

struct CascadeFront {
  std::vector<CascadePoint> points;  ///< each costs more than the one before and is right more often
  bool exact = true;
};

/// Cascades that no other beats on `samples`, within the limits. Empty where no candidate holds them.
/// No network is asked twice. A candidate of unknown energy takes part where energy is neither minimised nor
/// limited. Pure: the same question has the same answer.
CascadeFront search_cascades(const CascadeProblem& problem, const Scores& scores,
                             std::span<const std::uint32_t> samples, const CascadeQuestion& question);

/// The first point whose accuracy is at least `accuracy` with that chance on samples not seen (lower end of
/// share_interval); 0.5: on the samples it was chosen on. Null where there is none.
const CascadePoint* cheapest(const CascadeFront& front, std::size_t samples, double accuracy, double chance);

}  // namespace forecost::deployment
