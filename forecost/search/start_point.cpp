// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/start_point.h"

#include <fmt/format.h>

#include "forecost/search/even_points.h"
#include "forecost/search/feasible_points.h"

namespace forecost::search {
namespace {

constexpr std::size_t most_skipped = 4000;
constexpr std::size_t few_skipped = 64;  ///< where a forecast takes a network and likely designs are known of
constexpr std::uint64_t stream = 1;

}  // namespace

Result<Proposal> start_point(const Problem& problem, std::span<const Trial> history, std::uint64_t seed,
                             const Tried& tried) {
  EvenPoints points(problem.space, numeric::mix(seed));
  const std::string reason =
      fmt::format("start point {}, spread over the allowed designs", history.size() + 1);
  if (problem.pool) {
    for (std::size_t i = 0; i < history.size(); ++i) points.next();
    const std::vector<double> even = problem.space.encode(problem.space.decode(points.next()));
    for (const std::size_t index : problem.pool->nearest(even)) {
      const Design& design = problem.pool->designs()[index];
      if (!tried.contains(design) && problem.allowed(design)) return Proposal{design, reason};
    }
    return no_design_left(problem, tried);
  }
  const std::size_t most = problem.likely ? few_skipped : most_skipped;
  for (std::size_t i = 0; i < most; ++i) {
    Design design = problem.space.decode(points.next());
    if (!tried.contains(design) && problem.allowed(design)) return Proposal{std::move(design), reason};
  }
  numeric::Random dice = numeric::Random(seed).fork(history.size()).fork(stream);
  FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
  return Proposal{std::move(design), reason};
}

}  // namespace forecost::search
