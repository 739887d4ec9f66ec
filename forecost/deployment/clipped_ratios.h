// SPDX-License-Identifier: Apache-2.0
/// Widths as ratios that an agent draws and the limit clips: AMC (He et al., "AMC: AutoML for model
/// compression and acceleration on mobile devices", ECCV 2018) with a search in place of its DDPG agent.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "forecost/deployment/compression.h"

namespace forecost::deployment {

/// Trial 0 is the widest design times one factor, see scale_widths. Then every width has a ratio of its
/// widest:
///
///   the first 10 trials   uniform over the ratios that there are
///   episode n after them  truncated normal around the ratios of the best trial, deviation 0.5 * 0.95^n (not
///                         below 0.05): AMC's exploration
///
/// and the ratios are clipped by clip_widths, so that every trial holds the limit; ratios whose design was
/// tried or breaks another known limit are drawn anew. Judged by the first objective under the limits learned
/// from trials. Any number of trials may run at a time. A pure function of history and seed. Fails:
/// `unsupported` where the narrowest design breaks the limit; `exhausted` where 500 draws in a row gave
/// nothing new.
class ClippedRatios final : public search::Strategy {
 public:
  explicit ClippedRatios(CompressionOptions options) : options_(std::move(options)) {}
  Result<search::Proposal> propose(const search::Problem& problem, std::span<const search::Trial> history,
                                   std::uint64_t seed) override;

 private:
  CompressionOptions options_;
};

}  // namespace forecost::deployment
