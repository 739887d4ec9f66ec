// SPDX-License-Identifier: Apache-2.0
// CMA-ES (Hansen, arXiv:1604.00772) over unit coordinates, replayed from the trials: each population of
// finished trials, in order, is a generation. What differs from the tutorial:
//   known limits        points are drawn until one is allowed, and pulled inside when none is
//   other limits        rank before the objective (Deb 2000), violations in units of their spread
//   discrete numbers    a trial stands for the mean of the normal within its cell, with the variance of that;
//                       a margin leaves the likeliest cell with a least chance (Hamano et al. 2022)
//   categorical ones    a table of chances per parameter, moved towards the parents (Hamano et al. 2024)
//   restarts            with twice the population (IPOP; Auger and Hansen 2005), at a random design
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/covariance_adaptation.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/observations.h"
#include "forecost/search/options.h"
#include "forecost/search/pull.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

using Unit = std::vector<double>;

constexpr int draws = 60;
constexpr int pulls = 20;
constexpr double smallest_deviation = 1e-9;  ///< in unit coordinates: below, a restart
constexpr double largest_condition = 1e14;
constexpr double table_rate = 0.3;

struct Settings {
  int population = 0;
  double sigma = 0.3;
};

bool categorical(const Parameter& p) {
  return p.kind == Parameter::Kind::categorical;
}

double normal_density(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2 * std::acos(-1.0));
}
double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

struct Moments {
  double mean;
  double variance;
};

/// Of N(mean, deviation^2) inside [low, high]; the ends of the unit interval reach to infinity.
Moments inside_cell(double mean, double deviation, double low, double high) {
  const double a = low <= 0 ? -40.0 : (low - mean) / deviation;
  const double b = high >= 1 ? 40.0 : (high - mean) / deviation;
  const double chance = normal_below(b) - normal_below(a);
  if (chance < 1e-9) {  // the cell's end that is nearer to the mean
    const bool above = a > 0;
    return {std::clamp(above ? low : high, 0.0, 1.0), 0};
  }
  const double first = (normal_density(a) - normal_density(b)) / chance;
  const double second = 1 + (a * normal_density(a) - b * normal_density(b)) / chance;
  return {mean + deviation * first, deviation * deviation * std::max(0.0, second - first * first)};
}

/// The search distribution: a normal over numbers, tables over categorical parameters.
class Distribution {
 public:
  Distribution(const Space& space, const Unit& centre, double sigma, int population)
      : space_(space), normal_(mean_of(space, centre), sigma, population), tables_(space.size()) {
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (!categorical(space[p])) {
        numbers_.push_back(p);
        continue;
      }
      const auto count = static_cast<std::size_t>(space[p].count());
      tables_[p].assign(count, 1.0 / static_cast<double>(count));
    }
  }

  Design drawn(numeric::Random& random) const {
    Unit unit(space_.size());
    const Eigen::VectorXd x = normal_.drawn(random);
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      const std::size_t p = numbers_[i];
      unit[p] = std::clamp(x(static_cast<Eigen::Index>(i)), 0.0, 1.0);
      if (!space_[p].discrete()) continue;
      const double cell = 1 / static_cast<double>(space_[p].count());
      const double u = random.uniform();
      if (u < 0.5 * margin()) unit[p] = std::max(0.0, unit[p] - cell);
      if (u > 1 - 0.5 * margin()) unit[p] = std::min(1.0, unit[p] + cell);
    }
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (!categorical(space_[p])) continue;
      const auto code = static_cast<double>(random.choice(tables_[p]));
      unit[p] = (code + 0.5) / static_cast<double>(space_[p].count());
    }
    return space_.decode(unit);
  }

  void learn(const std::vector<const Design*>& best_first) {
    std::vector<CovarianceAdaptation::Point> points;
    for (const Design* design : best_first) points.push_back(point_of(*design));
    for (std::size_t p = 0; p < space_.size(); ++p) {
      if (categorical(space_[p])) learn_table(p, best_first);
    }
    normal_.learn(points);
  }

  bool exhausted() const {
    if (numbers_.empty()) return false;
    double widest = 0;
    const Eigen::VectorXd deviation = normal_.deviation();
    for (std::size_t i = 0; i < numbers_.size(); ++i)
      widest = std::max(widest, deviation(static_cast<Eigen::Index>(i)));
    return widest < smallest_deviation || normal_.condition() > largest_condition;
  }
  const CovarianceAdaptation& normal() const { return normal_; }

 private:
  static Eigen::VectorXd mean_of(const Space& space, const Unit& centre) {
    std::vector<double> mean;
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (!categorical(space[p])) mean.push_back(centre[p]);
    }
    return Eigen::Map<const Eigen::VectorXd>(mean.data(), static_cast<Eigen::Index>(mean.size()));
  }
  double margin() const {
    return 1 / (static_cast<double>(space_.size()) * static_cast<double>(normal_.population()));
  }

  CovarianceAdaptation::Point point_of(const Design& design) const {
    const Unit unit = space_.encode(design);
    const Eigen::VectorXd deviation = normal_.deviation();
    const auto count = static_cast<Eigen::Index>(numbers_.size());
    CovarianceAdaptation::Point point{.at = Eigen::VectorXd(count), .spread = Eigen::VectorXd::Zero(count)};
    for (Eigen::Index i = 0; i < count; ++i) {
      const std::size_t p = numbers_[static_cast<std::size_t>(i)];
      const double mean = normal_.mean()(i);
      point.at(i) = unit[p];
      if (std::isnan(design.values[p])) {  // says nothing
        point.at(i) = mean;
        point.spread(i) = deviation(i) * deviation(i);
      } else if (space_[p].discrete()) {
        const double half = 0.5 / static_cast<double>(space_[p].count());
        const Moments m = inside_cell(mean, deviation(i), unit[p] - half - 1e-12, unit[p] + half + 1e-12);
        point.at(i) = m.mean;
        point.spread(i) = m.variance;
      }
    }
    return point;
  }

  void learn_table(std::size_t p, const std::vector<const Design*>& best_first) {
    const auto count = static_cast<double>(space_[p].count());
    if (count < 2) return;
    std::vector<double>& table = tables_[p];
    for (double& chance : table) chance *= 1 - table_rate;
    for (std::size_t i = 0; i < best_first.size(); ++i) {
      const double weight = std::max(0.0, normal_.weights()(static_cast<Eigen::Index>(i)));
      const double code = best_first[i]->values[p];
      if (std::isnan(code)) {
        for (double& chance : table) chance += table_rate * weight / count;
      } else {
        table[static_cast<std::size_t>(code)] += table_rate * weight;
      }
    }
    const double least = std::min(margin() * 2, 0.5 / count);
    double sum = 0;
    for (double& chance : table) sum += chance = std::max(chance, least);
    for (double& chance : table) chance /= sum;
  }

  const Space& space_;
  CovarianceAdaptation normal_;
  std::vector<std::size_t> numbers_;
  std::vector<std::vector<double>> tables_;
};

/// Where a replay of the trials has come to.
struct Run {
  std::size_t number = 0;  ///< restarts so far
  std::optional<Distribution> distribution;
  int generation = 0;
};

class CmaEs final : public Strategy {
 public:
  explicit CmaEs(Settings settings) : settings_(settings) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    if (problem.objectives.size() > 1) {
      return Error{Fault::unsupported, "cma_es handles one objective", "objectives",
                   "turn all but one into limits, or choose evolution or hypervolume"};
    }
    const Tried tried(history);
    const Embedding embedding(problem.space);
    const Observations seen = observe(problem, history, embedding);
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const Run run = replayed(problem.space, history, seen);
    if (run.distribution) {
      if (auto design = allowed_draw(problem, tried, *run.distribution, best_unit(seen), dice)) {
        return Proposal{.design = *std::move(design),
                        .reason = fmt::format("drawn from generation {} of {} trials, step {:.2g}",
                                              run.generation, run.distribution->normal().population(),
                                              run.distribution->normal().step())};
      }
    } else if (run.number == 0) {
      Design centre = problem.space.decode(Unit(problem.space.size(), 0.5));
      if (!tried.contains(centre) && problem.allowed(centre))
        return Proposal{.design = std::move(centre), .reason = "the centre of the space"};
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design),
                    .reason = run.distribution
                                  ? "a random design, as no other was found"
                                  : fmt::format("a random design to start run {}", run.number + 1)};
  }

 private:
  Run replayed(const Space& space, std::span<const Trial> history, const Observations& seen) const {
    const auto rows = static_cast<std::size_t>(seen.rows());
    const int usual = settings_.population > 0
                          ? settings_.population
                          : CovarianceAdaptation::usual_population(static_cast<Eigen::Index>(space.size()));
    Run run;
    std::vector<Merit> bests;
    std::size_t next = 0;
    int population = usual;
    while (next < rows) {
      if (!run.distribution) {
        run.distribution.emplace(space, space.encode(history[seen.trial[next]].design), settings_.sigma,
                                 population);
      }
      const auto size = static_cast<std::size_t>(population);
      if (next + size > rows) break;
      std::vector<std::size_t> order(size);
      std::iota(order.begin(), order.end(), next);
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return seen.merit[a].better_than(seen.merit[b]);
      });
      std::vector<const Design*> best_first;
      for (const std::size_t row : order) best_first.push_back(&history[seen.trial[row]].design);
      run.distribution->learn(best_first);
      bests.push_back(seen.merit[order.front()]);
      ++run.generation;
      next += size;
      if (!run.distribution->exhausted() && !stalled(bests, seen, order, space.size())) continue;
      ++run.number;
      run.distribution.reset();
      run.generation = 0;
      bests.clear();
      population *= 2;
    }
    return run;
  }

  /// The bests of the last 10 + 30 n / population generations, and the last generation, are all the same.
  static bool stalled(const std::vector<Merit>& bests, const Observations& seen,
                      const std::vector<std::size_t>& order, std::size_t dimensions) {
    const std::size_t window = 10 + 30 * dimensions / order.size();
    if (bests.size() < window) return false;
    const auto same = [](const Merit& a, const Merit& b) {
      return std::abs(a.violation - b.violation) <= 1e-12 * std::abs(b.violation) &&
             std::abs(a.objective - b.objective) <= 1e-12 * std::abs(b.objective);
    };
    const Merit& last = bests.back();
    return std::all_of(bests.end() - static_cast<std::ptrdiff_t>(window), bests.end(),
                       [&](const Merit& merit) { return same(merit, last); }) &&
           same(seen.merit[order.back()], last);
  }

  static std::optional<Unit> best_unit(const Observations& seen) {
    Eigen::Index best = 0;
    for (Eigen::Index row = 1; row < seen.rows(); ++row) {
      if (seen.merit[static_cast<std::size_t>(row)].better_than(seen.merit[static_cast<std::size_t>(best)]))
        best = row;
    }
    if (seen.rows() == 0) return std::nullopt;
    Unit unit(static_cast<std::size_t>(seen.unit.cols()));
    for (std::size_t p = 0; p < unit.size(); ++p) unit[p] = seen.unit(best, static_cast<Eigen::Index>(p));
    return unit;
  }

  static std::optional<Design> allowed_draw(const Problem& problem, const Tried& tried,
                                            const Distribution& distribution,
                                            const std::optional<Unit>& inside, numeric::Random& dice) {
    std::vector<Design> forbidden;
    for (int i = 0; i < draws; ++i) {
      Design design = distribution.drawn(dice);
      if (tried.contains(design)) continue;
      if (problem.allowed(design)) return design;
      forbidden.push_back(std::move(design));
    }
    for (std::size_t i = 0; inside && i < std::min<std::size_t>(forbidden.size(), pulls); ++i) {
      auto design = pulled_inside(problem, *inside, forbidden[i]);
      if (design && !tried.contains(*design)) return design;
    }
    return std::nullopt;
  }

  Settings settings_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("cma_es", options);
  const Settings settings{.population = reader.integer("population", 0, 0, 100000),
                          .sigma = reader.number("sigma", 0.3, 1e-6, 10)};
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  if (settings.population > 0 && settings.population < 4) {
    return Error{Fault::bad_input, fmt::format("population {} is too small", settings.population), "cma_es",
                 "give 4 or more, or 0 for the usual one"};
  }
  return std::unique_ptr<Strategy>(std::make_unique<CmaEs>(settings));
}

}  // namespace

StrategyEntry cma_es() {
  return {.name = "cma_es",
          .summary = "CMA-ES with margins for integers, drawn inside the known limits, restarts",
          .make = make};
}

}  // namespace forecost::search::strategies
