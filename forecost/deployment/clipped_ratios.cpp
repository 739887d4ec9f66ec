// SPDX-License-Identifier: Apache-2.0
#include "forecost/deployment/clipped_ratios.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "forecost/numeric/random.h"
#include "forecost/search/limit_text.h"
#include "forecost/search/merit.h"
#include "forecost/search/tried.h"

namespace forecost::deployment {
namespace {

using search::Design;
using search::Problem;
using search::Proposal;
using search::Trial;

constexpr std::size_t warm_up = 10;
constexpr double first_deviation = 0.5;
constexpr double decay = 0.95;
constexpr double least_deviation = 0.05;
constexpr int most_draws = 500;

/// A normal draw around `centre` that lies in [low, 1], by rejection; uniform where that takes long.
double truncated(double centre, double deviation, double low, numeric::Random& random) {
  for (int i = 0; i < 100; ++i) {
    const double ratio = centre + deviation * random.normal();
    if (ratio >= low && ratio <= 1) return ratio;
  }
  return random.uniform(low, 1);
}

class Agent {
 public:
  Agent(const Problem& problem, const CompressionOptions& options)
      : space_(problem.space),
        widths_(options.widths),
        widest_(widest(problem.space, options.widths, options.start)) {}

  /// Ratios around those of `best`, as a design.
  Design drawn(const Design* best, double deviation, numeric::Random& random) const {
    Design design = widest_;
    for (const std::size_t parameter : widths_.parameters) {
      const std::vector<double> values = values_of(space_, widths_, parameter);
      const double whole = width_at(parameter, values.back());
      const double low = width_at(parameter, values.front()) / whole;
      const double ratio = best == nullptr ? random.uniform(low, 1)
                                           : truncated(width_at(parameter, best->values[parameter]) / whole,
                                                       deviation, low, random);
      const auto nearer = [&](double a, double b) {
        return std::abs(width_at(parameter, a) - ratio * whole) <
               std::abs(width_at(parameter, b) - ratio * whole);
      };
      design.values[parameter] = *std::min_element(values.begin(), values.end(), nearer);
    }
    return design;
  }
  const Design& start() const { return widest_; }

 private:
  double width_at(std::size_t parameter, double value) const { return width_of(space_[parameter], value); }

  const search::Space& space_;
  const Widths& widths_;
  Design widest_;
};

}  // namespace

Result<Proposal> ClippedRatios::propose(const Problem& problem, std::span<const Trial> history,
                                        std::uint64_t seed) {
  const search::Limit& limit = problem.limits.at(options_.limit);
  const DesignCost cost = cost_function(problem, options_.limit);
  const Agent agent(problem, options_);
  const search::Tried tried(history);
  const auto proposed = [&](Design design, const std::string& what) {
    const Result<double> value = cost(design);
    return Proposal{std::move(design),
                    fmt::format("{}: {}", what, search::to_text(value.value_or(0), limit.unit))};
  };
  if (history.empty()) {
    const auto scaled = scale_widths(problem.space, options_.widths, agent.start(), cost, limit.bound);
    if (scaled && problem.allowed(scaled->design))
      return proposed(scaled->design, fmt::format("all widths times {:.3g}", scaled->factor));
  }
  const auto best = search::best_merit(search::merits(problem, history));
  const bool warm = history.size() < warm_up || !best;
  const double episode = warm ? 0.0 : static_cast<double>(history.size() - warm_up);
  const double deviation = std::max(least_deviation, first_deviation * std::pow(decay, episode));
  numeric::Random random = numeric::Random(seed).fork(history.size());
  for (int draw = 0; draw < most_draws; ++draw) {
    const Design wanted = agent.drawn(warm ? nullptr : &history[*best].design, deviation, random);
    std::optional<Design> clipped = clip_widths(problem.space, options_.widths, wanted, cost, limit.bound);
    if (!clipped) {
      return Error{Fault::unsupported, "even the narrowest design breaks the limit", limit.metric,
                   "loosen the limit, or let widths be smaller"};
    }
    if (tried.contains(*clipped) || !problem.allowed(*clipped)) continue;
    return proposed(
        *std::move(clipped),
        warm ? std::string("random ratios, clipped by the limit")
             : fmt::format("ratios near those of trial {}, clipped by the limit", history[*best].number));
  }
  return Error{Fault::exhausted, "no further ratios were found that hold the limits", limit.metric,
               "loosen a limit, or widen the ranges"};
}

}  // namespace forecost::deployment
