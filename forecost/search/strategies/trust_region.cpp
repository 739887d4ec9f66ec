// SPDX-License-Identifier: Apache-2.0
// Scalable constrained Bayesian optimisation (SCBO; Eriksson and Poloczek 2021): Thompson draws of objective
// and limits inside a trust region around the best trial. Candidates keep most coordinates of the centre
// (five move where there are more; TuRBO, Eriksson et al. 2019, has twenty, made for thousands of trials).
// Known limits are exact: candidates are asked in the order of the draw until one is allowed; where none is,
// they are pulled back towards the centre.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/even_points.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/options.h"
#include "forecost/search/pull.h"
#include "forecost/search/shape_memory.h"
#include "forecost/search/start_point.h"
#include "forecost/search/trust_rounds.h"

namespace forecost::search::strategies {
namespace {

using Unit = std::vector<double>;

constexpr Eigen::Index most_rows = 256;
constexpr double moved_parameters = 5;
constexpr std::size_t most_asked = 600;  ///< known limits asked for one proposal
constexpr std::size_t most_pulled = 24;

struct Settings {
  int initial = 0;
  int candidates = 0;
  int failures = 0;
};

struct Region {
  const Space& space;
  Design centre;
  Unit unit;  ///< of the centre
  Unit half;  ///< per parameter
  double side = 0;
};

Region region_of(const Space& space, const Design& centre, double side) {
  Region region{.space = space,
                .centre = centre,
                .unit = space.encode(centre),
                .half = Unit(space.size(), 0.5 * side),
                .side = side};
  for (std::size_t p = 0; p < space.size(); ++p) {
    if (space[p].discrete())
      region.half[p] = std::max(region.half[p], 1.01 / static_cast<double>(space[p].count()));
  }
  return region;
}

/// A point of the region in which the parameters that are picked differ from the centre.
class Sprinkler {
 public:
  Sprinkler(const Region& region, numeric::Random& dice)
      : region_(region),
        even_(region.space, dice.bits()),
        dice_(dice),
        share_(std::min(1.0, moved_parameters / static_cast<double>(region.space.size()))) {}

  Design next() {
    const Unit place = even_.next();
    Unit unit = region_.unit;
    const auto last = static_cast<std::int64_t>(unit.size()) - 1;
    const auto sure = static_cast<std::size_t>(dice_.integer(0, last));
    for (std::size_t p = 0; p < unit.size(); ++p) {
      const bool inactive = std::isnan(region_.centre.values[p]);
      if (inactive || p == sure || dice_.uniform() < share_) unit[p] = moved(p, place[p], inactive);
    }
    return region_.space.decode(unit);
  }

 private:
  double moved(std::size_t p, double place, bool inactive) {
    if (inactive) return place;
    if (region_.space[p].kind == Parameter::Kind::categorical)
      return dice_.uniform() < std::max(0.2, region_.side) ? place : region_.unit[p];
    const double low = std::max(0.0, region_.unit[p] - region_.half[p]);
    const double high = std::min(1.0, region_.unit[p] + region_.half[p]);
    return low + place * (high - low);
  }

  const Region& region_;
  EvenPoints even_;
  numeric::Random& dice_;
  double share_;
};

/// Order of candidates by one draw: those that hold all limits by their objective, then by what they exceed.
std::vector<std::size_t> ranked(const Beliefs& beliefs, const Eigen::MatrixXd& points,
                                numeric::Random& dice) {
  const auto count = static_cast<std::size_t>(points.rows());
  Eigen::VectorXd excess = Eigen::VectorXd::Zero(points.rows());
  for (const Belief& limit : beliefs.limits)
    excess.array() += (limit.surrogate.drawn(points, dice).array() - limit.threshold).max(0);
  const Eigen::VectorXd objective = beliefs.objectives.front().surrogate.drawn(points, dice);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto i = static_cast<Eigen::Index>(a);
    const auto j = static_cast<Eigen::Index>(b);
    return excess(i) != excess(j) ? excess(i) < excess(j) : objective(i) < objective(j);
  });
  return order;
}

std::optional<Design> first_allowed(const Problem& problem, const Region& region, const Tried& tried,
                                    const std::vector<Design>& candidates,
                                    const std::vector<std::size_t>& order) {
  for (std::size_t i = 0; i < std::min(most_asked, order.size()); ++i) {
    const Design& design = candidates[order[i]];
    if (!tried.contains(design) && problem.allowed(design)) return design;
  }
  for (std::size_t i = 0; i < std::min(most_pulled, order.size()); ++i) {
    auto design = pulled_inside(problem, region.unit, candidates[order[i]]);
    if (design && !tried.contains(*design)) return design;
  }
  return std::nullopt;
}

class TrustRegion final : public Strategy {
 public:
  explicit TrustRegion(Settings settings) : settings_(settings) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    if (problem.objectives.size() > 1) {
      return Error{Fault::unsupported, "trust_region handles one objective", "objectives",
                   "turn all but one into limits, or choose hypervolume or evolution"};
    }
    const Tried tried(history);
    const Embedding embedding(problem.space);
    const Observations seen = observe(problem, history, embedding);
    const TrustRules rules = rules_of(problem.space);
    const TrustRound round = TrustRound::replay(seen, seen.rows(), rules);
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const Eigen::Index asked = seen.rows() - round.first + seen.pending.rows();
    if (!round.centre || asked < rules.initial || seen.rows() - round.first < 3)
      return start_point(problem, history, seed + round.number, tried);

    const ShapeSource shapes = [&](std::size_t index, const Quantity&) {
      return shapes_.at(index, shape_quantity(seen, rules, index), embedding.group_of_column());
    };
    const BeliefRows rows{.rows = nearest_rows(seen, *round.centre, most_rows, seen.rows()), .reference = 0};
    const Beliefs beliefs = believe(problem, seen, embedding, rows, shapes);
    const Trial& centre = history[seen.trial[static_cast<std::size_t>(*round.centre)]];
    const Region region = region_of(problem.space, centre.design, round.side);
    std::vector<Design> candidates;
    Sprinkler sprinkler(region, dice);
    Eigen::MatrixXd points(candidates_of(problem.space), embedding.columns());
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      candidates.push_back(sprinkler.next());
      points.row(i) = embedding.place(candidates.back()).transpose();
    }
    auto found = first_allowed(problem, region, tried, candidates, ranked(beliefs, points, dice));
    if (found) {
      return Proposal{.design = *std::move(found),
                      .reason = fmt::format("best of a draw of what it may reach, within {:.2g} of trial {}",
                                            0.5 * round.side, centre.number)};
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design), .reason = "a random design: the trust region is used up"};
  }

 private:
  TrustRules rules_of(const Space& space) const {
    const int size = static_cast<int>(space.size());
    TrustRules rules;
    rules.initial = settings_.initial > 0 ? settings_.initial : 10 + size / 8;
    rules.failures = settings_.failures > 0 ? settings_.failures : std::max(4, size / 2);
    return rules;
  }
  Eigen::Index candidates_of(const Space& space) const {
    if (settings_.candidates > 0) return settings_.candidates;
    return std::clamp<Eigen::Index>(100 * static_cast<Eigen::Index>(space.size()), 600, 1500);
  }
  /// What hyper-parameters are fitted to: the state at an earlier number of rows.
  static Quantity shape_quantity(const Observations& seen, const TrustRules& rules, std::size_t index) {
    const Eigen::Index count = refit_count(seen.rows());
    const Eigen::Index centre = TrustRound::replay(seen, count, rules).centre.value_or(count - 1);
    return standard_quantity(seen, {.rows = nearest_rows(seen, centre, most_rows, count), .reference = 0},
                             index);
  }

  Settings settings_;
  ShapeMemory shapes_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("trust_region", options);
  const Settings settings{.initial = reader.integer("initial", 0, 0, 10000),
                          .candidates = reader.integer("candidates", 0, 0, 100000),
                          .failures = reader.integer("failures", 0, 0, 10000)};
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<TrustRegion>(settings));
}

}  // namespace

StrategyEntry trust_region() {
  return {.name = "trust_region",
          .summary = "Thompson draws in a trust region (SCBO), for 20 to 100 parameters",
          .make = make};
}

}  // namespace forecost::search::strategies
