// SPDX-License-Identifier: Apache-2.0
/// Compression as search: strategies that start from the widest design and shrink it until a forecast limit
/// holds. Their trials are what a study of forecost/search runs and keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "forecost/deployment/widths.h"
#include "forecost/outcome/outcome.h"
#include "forecost/search/problem.h"
#include "forecost/search/strategy.h"
#include "forecost/search/study_file.h"

namespace forecost::deployment {

struct CompressionOptions {
  Widths widths;
  search::Design start;   ///< what is not a width is taken from it
  std::size_t limit = 0;  ///< of Problem::limits: known before a trial, an upper bound
  double step = 0.025;    ///< NetAdapt: the first reduction, as a share of the cost of the widest design
  double decay = 0.96;    ///< NetAdapt: each further reduction as a share of the one before
};

/// What a study file says of a compression: its first upper limit that is forecast, as widths the integer
/// parameters that its network depends on (or those of `names`), and as start the widest of those with the
/// middle of everything else. Fails: `unsupported` without such a limit; `bad_input` for a name that is no
/// such parameter, or a width that is not always active.
Result<CompressionOptions> compression_of(const search::StudyFile& study, std::span<const std::string> names);

/// The forecast of the metric that a known limit is about; `problem` must outlive it.
DesignCost cost_function(const search::Problem& problem, std::size_t limit);

/// NetAdapt (Yang et al., ECCV 2018): trial 0 is the widest design. Round i asks for a cost of
///   current cost - step * decay^(i - 1) * cost of the widest design      (never less than the limit)
/// and tries, for each width, the design that holds it by narrowing that width alone; it goes on from the one
/// with the least (rise of the first objective + 1e-6) / (share of the widest design's cost saved + 1e-5).
/// `exhausted` when the limit holds or nothing can be narrowed. Trials before the last round break the limit:
/// that is the method. One trial at a time: a round is judged when all its trials have ended.
class NetAdapt final : public search::Strategy {
 public:
  explicit NetAdapt(CompressionOptions options) : options_(std::move(options)) {}
  /// Fails: `bad_input` where the history is that of another strategy; `unsupported` with trials that run.
  Result<search::Proposal> propose(const search::Problem& problem, std::span<const search::Trial> history,
                                   std::uint64_t seed) override;

 private:
  CompressionOptions options_;
};

/// All widths by one factor (see scale_widths): one trial, then `exhausted`. Fails: `unsupported` where no
/// factor holds the limit.
class UniformWidths final : public search::Strategy {
 public:
  explicit UniformWidths(CompressionOptions options) : options_(std::move(options)) {}
  Result<search::Proposal> propose(const search::Problem& problem, std::span<const search::Trial> history,
                                   std::uint64_t seed) override;

 private:
  CompressionOptions options_;
};

}  // namespace forecost::deployment
