// SPDX-License-Identifier: Apache-2.0
// Tree-structured Parzen estimator (Bergstra et al. 2011) with one joint mixture over all parameters (Falkner
// et al. 2018): the best trials make the density l, the others and those still running g; of the draws from l
// the one with the largest l / g is proposed. Limits come first: a violation is worse than any objective, in
// units of its spread.
#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/search/feasible_points.h"
#include "forecost/search/observations.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr int rounds = 6;

struct Settings {
  int initial = 10;
  int candidates = 32;
  double share = 0.15;  ///< of the trials that count as good
};

/// A mixture of one kernel per design and a uniform one, in unit coordinates.
class Mixture {
 public:
  Mixture(const Space& space, std::vector<std::vector<double>> centres)
      : space_(space), centres_(std::move(centres)) {
    const auto n = static_cast<double>(centres_.size() + 1);
    width_ = std::max(0.02, 0.15 * std::pow(n, -1.0 / (4.0 + static_cast<double>(space.size()))));
  }

  std::vector<double> draw(numeric::Random& dice) const {
    const auto which = static_cast<std::size_t>(dice.integer(0, static_cast<std::int64_t>(centres_.size())));
    std::vector<double> unit(space_.size());
    for (std::size_t p = 0; p < unit.size(); ++p) {
      unit[p] = dice.uniform();
      if (which == centres_.size()) continue;
      const double centre = centres_[which][p];
      if (categorical(p)) {
        if (dice.uniform() < stay(p)) unit[p] = centre;
        continue;
      }
      for (int tries = 0; tries < 20; ++tries) {
        const double u = centre + width_ * dice.normal();
        if (u < 0 || u > 1) continue;
        unit[p] = u;
        break;
      }
    }
    return unit;
  }

  double log_density(std::span<const double> unit) const {
    double most = 0;
    std::vector<double> logs = {0.0};  // the uniform one
    for (const auto& centre : centres_) {
      double sum = 0;
      for (std::size_t p = 0; p < unit.size(); ++p) sum += log_kernel(p, unit[p], centre[p]);
      logs.push_back(sum);
      most = std::max(most, sum);
    }
    double total = 0;
    for (const double log : logs) total += std::exp(log - most);
    return most + std::log(total / static_cast<double>(logs.size()));
  }

 private:
  bool categorical(std::size_t p) const { return space_[p].kind == Parameter::Kind::categorical; }
  double stay(std::size_t p) const {
    return 1 - 0.5 * std::min(1.0, 2 * width_) * (1 - 1 / static_cast<double>(space_[p].count()));
  }
  double log_kernel(std::size_t p, double u, double centre) const {
    if (categorical(p)) {
      const auto count = static_cast<double>(space_[p].count());
      const double other = (1 - stay(p)) / count;  // drawn anew, perhaps the same
      return std::log(std::abs(u - centre) < 0.5 / count ? count * (stay(p) + other) : count * other);
    }
    const double z = (u - centre) / width_;
    const auto below = [this](double gap) { return 0.5 * std::erfc(-gap / (width_ * std::sqrt(2.0))); };
    const double inside = below(1 - centre) - below(-centre);
    return -0.5 * z * z - std::log(width_ * std::sqrt(2 * std::acos(-1.0)) * inside);
  }

  const Space& space_;
  std::vector<std::vector<double>> centres_;
  double width_ = 0.1;
};

class Tpe final : public Strategy {
 public:
  explicit Tpe(Settings settings) : settings_(settings) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    if (problem.objectives.size() > 1) {
      return Error{Fault::unsupported, "tpe handles one objective", "objectives",
                   "turn all but one into limits, or choose evolution or hypervolume"};
    }
    const Tried tried(history);
    const Space& space = problem.space;
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const auto merit = merits(problem, history);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (merit[i]) order.push_back(i);
    }
    if (history.size() >= static_cast<std::size_t>(settings_.initial) && order.size() > 2) {
      std::stable_sort(order.begin(), order.end(),
                       [&](std::size_t a, std::size_t b) { return merit[a]->better_than(*merit[b]); });
      const auto good = std::clamp<std::size_t>(
          static_cast<std::size_t>(std::ceil(settings_.share * static_cast<double>(order.size()))), 2, 25);
      std::vector<std::vector<double>> near;
      std::vector<std::vector<double>> far;
      for (std::size_t i = 0; i < order.size(); ++i)
        (i < good ? near : far).push_back(space.encode(history[order[i]].design));
      for (std::size_t i = 0; i < history.size(); ++i) {
        if (!merit[i]) far.push_back(space.encode(history[i].design));
      }
      const Mixture better(space, std::move(near));
      const Mixture worse(space, std::move(far));
      for (int round = 0; round < rounds; ++round) {
        auto found = best_draw(problem, tried, better, worse, dice);
        if (found) {
          return Proposal{.design = *std::move(found),
                          .reason = fmt::format("like the best {} trials and unlike the other {}", good,
                                                history.size() - good)};
        }
      }
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design), .reason = "a random design"};
  }

 private:
  std::optional<Design> best_draw(const Problem& problem, const Tried& tried, const Mixture& better,
                                  const Mixture& worse, numeric::Random& dice) const {
    std::optional<Design> best;
    double best_ratio = 0;
    for (int i = 0; i < settings_.candidates; ++i) {
      Design design = problem.space.decode(better.draw(dice));
      if (tried.contains(design) || !problem.allowed(design)) continue;
      const auto unit = problem.space.encode(design);
      const double ratio = better.log_density(unit) - worse.log_density(unit);
      if (best && ratio <= best_ratio) continue;
      best = std::move(design);
      best_ratio = ratio;
    }
    return best;
  }

  Settings settings_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("tpe", options);
  const Settings settings{.initial = reader.integer("initial", 10, 2, 100000),
                          .candidates = reader.integer("candidates", 32, 1, 100000),
                          .share = reader.number("share", 0.15, 0.01, 0.9)};
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  return std::unique_ptr<Strategy>(std::make_unique<Tpe>(settings));
}

}  // namespace

StrategyEntry tpe() {
  return {
      .name = "tpe", .summary = "tree-structured Parzen estimator over all parameters at once", .make = make};
}

}  // namespace forecost::search::strategies
