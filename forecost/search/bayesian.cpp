// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/bayesian.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "forecost/search/acquisition_search.h"
#include "forecost/search/capable_point.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/start_point.h"

namespace forecost::search {
namespace {

constexpr Eigen::Index most_rows = 288;
constexpr Eigen::Index best_rows = 128;
constexpr std::size_t least_rows = 3;

enum class Purpose : std::uint64_t { even = 1, global, local, start };

/// Best first: single objectives by merit; several by how many rows dominate a row, after its violation.
std::vector<Eigen::Index> ranked_rows(const Observations& seen) {
  const auto rows = static_cast<std::size_t>(seen.rows());
  std::vector<Merit> merit = seen.merit;
  if (seen.objective.cols() > 1) {
    for (std::size_t a = 0; a < rows; ++a) {
      merit[a].objective = 0;
      for (Eigen::Index b = 0; b < seen.rows(); ++b) {
        const bool beaten =
            seen.merit[static_cast<std::size_t>(b)].violation <= seen.merit[a].violation &&
            dominates(seen.objective.row(b), seen.objective.row(static_cast<Eigen::Index>(a)));
        merit[a].objective += beaten ? 1 : 0;
      }
    }
  }
  std::vector<Eigen::Index> order(rows);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    return merit[static_cast<std::size_t>(a)].better_than(merit[static_cast<std::size_t>(b)]);
  });
  return order;
}

/// All rows, or the best ones and others at even distances; ascending.
std::vector<Eigen::Index> global_rows(std::vector<Eigen::Index> ranked) {
  const auto best = static_cast<std::size_t>(best_rows);
  const auto most = static_cast<std::size_t>(most_rows);
  if (ranked.size() > most) {
    std::sort(ranked.begin() + best_rows, ranked.end());
    const std::size_t others = ranked.size() - best;
    for (std::size_t i = 0; i < most - best; ++i)
      ranked[best + i] = ranked[best + i * others / (most - best)];
    ranked.resize(most);
  }
  std::sort(ranked.begin(), ranked.end());
  return ranked;
}

/// Of the first `count` rows, all or as many as a surrogate holds, at even distances.
std::vector<Eigen::Index> even_rows(Eigen::Index count) {
  std::vector<Eigen::Index> rows;
  const Eigen::Index used = std::min(count, most_rows);
  for (Eigen::Index i = 0; i < used; ++i) rows.push_back(i * count / used);
  return rows;
}

std::vector<double> unit_of(const Observations& seen, Eigen::Index row) {
  std::vector<double> unit(static_cast<std::size_t>(seen.unit.cols()));
  for (std::size_t p = 0; p < unit.size(); ++p) unit[p] = seen.unit(row, static_cast<Eigen::Index>(p));
  return unit;
}

std::string reason_of(const Problem& problem, std::span<const Trial> history, const Acquisition& acquisition,
                      const Candidate& candidate) {
  const Acquisition::Chances chances = acquisition.chances(candidate);
  if (!acquisition.beliefs().feasible) {
    return fmt::format("no trial holds the limits yet; this design does with a chance of {:.0f} %",
                       100 * chances.holds);
  }
  std::string text;
  if (problem.objectives.size() == 1) {
    const auto best = best_merit(merits(problem, history));
    text =
        fmt::format("{:.0f} % likely to improve on trial {}", 100 * chances.improves, history[*best].number);
  } else {
    text = fmt::format("expected to widen the front of {} trials", acquisition.beliefs().front.points.size());
  }
  if (!acquisition.beliefs().limits.empty())
    text += fmt::format(", limits hold with a chance of {:.0f} %", 100 * chances.holds);
  return text;
}

}  // namespace

std::size_t BayesianSearch::initial_of(const Space& space) const {
  if (settings_.initial > 0) return static_cast<std::size_t>(settings_.initial);
  return std::clamp<std::size_t>(space.size() + 3, 5, 14);
}

ShapeFit BayesianSearch::fit_of(const Embedding& embedding) const {
  ShapeFit fit;
  if (settings_.warp) fit.warped = embedding.ordered_columns();
  return fit;
}

/// The first two thirds are of large networks, the rest is spread over all allowed ones.
Result<Proposal> BayesianSearch::started(const Problem& problem, std::span<const Trial> history,
                                         std::uint64_t seed, const Tried& tried) const {
  if (settings_.capacity && settings_.aim == Aim::best &&
      3 * history.size() < 2 * initial_of(problem.space)) {
    numeric::Random dice =
        numeric::Random(seed).fork(history.size()).fork(static_cast<std::uint64_t>(Purpose::start));
    if (auto capable = capable_point(problem, tried, dice)) return *std::move(capable);
  }
  return start_point(problem, history, seed, tried);
}

Result<Proposal> BayesianSearch::propose(const Problem& problem, std::span<const Trial> history,
                                         std::uint64_t seed) {
  const bool several = settings_.aim == Aim::front;
  if ((problem.objectives.size() > 1) != several) {
    return Error{Fault::unsupported,
                 fmt::format("the strategy handles {}, not {}",
                             several ? "several objectives" : "one objective", problem.objectives.size()),
                 "objectives",
                 several ? "add an objective, or choose constrained_ei"
                         : "turn all but one into limits, or choose hypervolume"};
  }
  const Tried tried(history);
  const Embedding embedding =
      settings_.capacity ? Embedding::with_forecasts(problem) : Embedding::with_costs(problem);
  const Observations seen = observe(problem, history, embedding);
  const std::size_t initial = initial_of(problem.space);
  const auto rows = static_cast<std::size_t>(seen.rows());
  if (history.size() < initial || rows < std::min(initial, least_rows))
    return started(problem, history, seed, tried);

  const Scene scene{problem, history, seen, tried, embedding};
  const numeric::Random stream = numeric::Random(seed).fork(history.size());
  const auto first = static_cast<Eigen::Index>(std::min(initial, rows));
  std::optional<Proposal> found;
  if (settings_.refine && !several && (history.size() - initial) % 2 == 1) {
    const TrustBox box = TrustBox::replay(seen, problem.space, first);
    numeric::Random dice = stream.fork(static_cast<std::uint64_t>(Purpose::local));
    if (box.alive) found = refined(scene, box, first, dice);
  }
  if (!found) {
    numeric::Random dice = stream.fork(static_cast<std::uint64_t>(Purpose::global));
    found = improved(scene, first, dice);
  }
  if (found) return *std::move(found);
  numeric::Random dice = stream.fork(static_cast<std::uint64_t>(Purpose::even));
  FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
  return Proposal{.design = std::move(design), .reason = "a random design, as no better one was found"};
}

std::optional<Proposal> BayesianSearch::improved(const Scene& scene, Eigen::Index first,
                                                 numeric::Random& dice) {
  const std::vector<Eigen::Index> ranked = ranked_rows(scene.seen);
  const BeliefRows rows{.rows = global_rows(ranked), .reference = first};
  const BeliefRows early{.rows = even_rows(refit_count(scene.seen.rows())), .reference = first};
  const auto groups = scene.embedding.group_of_column();
  const Beliefs beliefs = believe(scene.problem, scene.seen, scene.embedding, rows,
                                  [&](std::size_t index, const Quantity& quantity) {
                                    if (early.rows == rows.rows)
                                      return shapes_.at(index, quantity, groups, fit_of(scene.embedding));
                                    return shapes_.at(index, standard_quantity(scene.seen, early, index),
                                                      groups, fit_of(scene.embedding));
                                  });
  const Acquisition acquisition(scene.problem, scene.embedding, beliefs, settings_.chance);
  SearchStart start{.box = UnitBox::whole(scene.problem.space), .good = {}, .spray = 0.15, .stay = 0};
  const std::size_t good = settings_.aim == Aim::best ? 4 : 10;
  for (std::size_t i = 0; i < std::min(good, ranked.size()); ++i)
    start.good.push_back(unit_of(scene.seen, ranked[i]));
  auto best = most_promising(acquisition, scene.tried, scene.seen, start, dice);
  if (!best) return std::nullopt;
  return Proposal{.design = best->design,
                  .reason = reason_of(scene.problem, scene.history, acquisition, *best)};
}

std::optional<Proposal> BayesianSearch::refined(const Scene& scene, const TrustBox& box, Eigen::Index first,
                                                numeric::Random& dice) {
  const Eigen::Index count = std::min<Eigen::Index>(70, 12 + 5 * scene.embedding.groups());
  const BeliefRows rows{.rows = nearest_rows(scene.seen, box.centre, count, scene.seen.rows()),
                        .reference = 0};
  const BeliefRows early{.rows = even_rows(refit_count(scene.seen.rows())), .reference = first};
  const auto groups = scene.embedding.group_of_column();
  const Beliefs beliefs = believe(
      scene.problem, scene.seen, scene.embedding, rows, [&](std::size_t index, const Quantity& quantity) {
        ShapeFit fit{.evaluations = 9};
        fit.start =
            shapes_.at(index, standard_quantity(scene.seen, early, index), groups, fit_of(scene.embedding));
        return fit_shape(quantity.x, quantity.y, groups, fit);
      });
  const Acquisition acquisition(scene.problem, scene.embedding, beliefs, settings_.chance);
  const std::vector<double> centre = unit_of(scene.seen, box.centre);
  const SearchStart start{.box = UnitBox::around(scene.problem.space, centre, box.half),
                          .good = {centre},
                          .spray = 0.5 * box.half,
                          .stay = 0.8};
  auto best = most_promising(acquisition, scene.tried, scene.seen, start, dice);
  if (!best) return std::nullopt;
  const auto number = scene.history[scene.seen.trial[static_cast<std::size_t>(box.centre)]].number;
  return Proposal{.design = best->design,
                  .reason = fmt::format("refines trial {} within {:.2g} of its values: {}", number, box.half,
                                        reason_of(scene.problem, scene.history, acquisition, *best))};
}

}  // namespace forecost::search
