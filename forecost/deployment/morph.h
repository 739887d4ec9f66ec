// SPDX-License-Identifier: Apache-2.0
/// Widths that a regularised training leaves, widened again until the limit is used up: MorphNet (Gordon et
/// al., "MorphNet: fast and simple resource-constrained structure learning of deep networks", CVPR 2018).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "forecost/deployment/compression.h"

namespace forecost::deployment {

/// Trial 0 is the widest design times one factor (see scale_widths), so that it holds the limit. Whatever
/// judges designs trains with the regulariser of `regulariser_of` and reports, beside the first objective,
/// how many channels of each width it leaves: the metric alive.<width>. The next trial has the widths that
/// the trial before left, times the largest factor at which the limit holds. Every trial holds the limit. One
/// trial at a time. Fails: `exhausted` when the widths were tried before; `bad_input` for a trial without
/// such a metric; `unsupported` where no factor holds the limit, and with trials that run.
class MorphNet final : public search::Strategy {
 public:
  explicit MorphNet(CompressionOptions options) : options_(std::move(options)) {}
  Result<search::Proposal> propose(const search::Problem& problem, std::span<const search::Trial> history,
                                   std::uint64_t seed) override;

 private:
  CompressionOptions options_;
};

/// What the training of a design needs to know of the limit, as JSON:
///
///   {"metric": "macs", "cost": 5.1e8, "limit": 3e8, "channel_costs": {"first": 5e5, ...}}
///
/// see channel_costs: the loss of MorphNet is the task's plus strength / cost * sum of channel cost * |scale|
/// over all channels, its strength about 1. Fails: the design cannot be built.
Result<std::string> regulariser_of(const search::Problem& problem, const CompressionOptions& options,
                                   const search::Design& design);

}  // namespace forecost::deployment
