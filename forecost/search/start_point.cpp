// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/start_point.h"

#include <fmt/format.h>

#include "forecost/search/even_points.h"
#include "forecost/search/feasible_points.h"

namespace forecost::search {
namespace {

constexpr std::size_t most_skipped = 4000;
constexpr std::uint64_t stream = 1;

}  // namespace

Result<Proposal> start_point(const Problem& problem, std::span<const Trial> history, std::uint64_t seed,
                             const Tried& tried) {
  EvenPoints points(problem.space, numeric::mix(seed));
  const std::string reason =
      fmt::format("start point {}, spread over the allowed designs", history.size() + 1);
  for (std::size_t i = 0; i < most_skipped; ++i) {
    Design design = problem.space.decode(points.next());
    if (!tried.contains(design) && problem.allowed(design)) return Proposal{std::move(design), reason};
  }
  numeric::Random dice = numeric::Random(seed).fork(history.size()).fork(stream);
  FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
  return Proposal{std::move(design), reason};
}

}  // namespace forecost::search
