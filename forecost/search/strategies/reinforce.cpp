// SPDX-License-Identifier: Apache-2.0
// REINFORCE (Williams 1992): a policy of independent tables, one row of logits per parameter, in the place of
// the recurrent controllers of MnasNet (Tan et al. 2019) and MONAS (Hsu et al. 2018), replayed from the
// trials. After each trial, with the reward r, its moving average b and the deviation s of all rewards:
//
//   logits += rate (r - b) / s (chosen - chances)
//
// Quality q is 0 at the 80 % quantile of the objective and worse, 1 at its best; the load t of a limit is
// value / bound (bound / value for lower bounds), 1 at the bound. Rewards:
//
//   mnasnet_hard      q prod t^w, w = 0 where t <= 1, else -1
//   mnasnet_soft      q prod t^-0.07
//   monas_constrained q where all limits hold, else 0
//   monas_mixed       weight q - (1 - weight) t, t the mean over limits, or 1 - q of a second objective
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "forecost/numeric/statistics.h"
#include "forecost/search/feasible_points.h"
#include "forecost/search/merit.h"
#include "forecost/search/options.h"
#include "forecost/search/strategy.h"

namespace forecost::search::strategies {
namespace {

constexpr std::int64_t most_levels = 12;
constexpr int levels_of_reals = 8;
constexpr int draws = 200;
constexpr double worst_quantile = 0.8;
constexpr double least_load = 1e-3;
constexpr double most_load = 1e3;
constexpr double soft_exponent = -0.07;

enum class Reward { mnasnet_hard, mnasnet_soft, monas_constrained, monas_mixed };

struct Settings {
  Reward reward = Reward::mnasnet_hard;
  double weight = 0.5;
  double rate = 0.35;
  double memory = 0.9;  ///< of the baseline
};

/// Chances of a level per parameter; numbers with many values are cut into levels of equal width.
class Policy {
 public:
  explicit Policy(const Space& space) : space_(space) {
    for (const Parameter& p : space.parameters()) {
      const std::int64_t levels =
          p.discrete() && p.count() <= most_levels ? std::max<std::int64_t>(1, p.count()) : levels_of_reals;
      logits_.emplace_back(static_cast<std::size_t>(levels), 0.0);
    }
  }

  void learn(const Design& design, double step) {
    const std::vector<double> unit = space_.encode(design);
    for (std::size_t p = 0; p < logits_.size(); ++p) {
      if (std::isnan(design.values[p])) continue;
      const std::vector<double> chance = chances(p);
      for (std::size_t k = 0; k < chance.size(); ++k)
        logits_[p][k] += step * ((k == level_of(p, unit[p]) ? 1.0 : 0.0) - chance[k]);
    }
  }

  Design drawn(numeric::Random& random) const {
    std::vector<double> unit(logits_.size());
    for (std::size_t p = 0; p < unit.size(); ++p) {
      const auto level = static_cast<double>(random.choice(chances(p)));
      unit[p] = (level + random.uniform()) / static_cast<double>(logits_[p].size());
    }
    return space_.decode(unit);
  }

  /// Chance of the likeliest level, mean over parameters.
  double decision() const {
    double sum = 0;
    for (std::size_t p = 0; p < logits_.size(); ++p) {
      const std::vector<double> chance = chances(p);
      sum += *std::max_element(chance.begin(), chance.end());
    }
    return sum / static_cast<double>(logits_.size());
  }

 private:
  std::size_t level_of(std::size_t p, double unit) const {
    const auto count = static_cast<double>(logits_[p].size());
    return static_cast<std::size_t>(std::clamp(std::floor(unit * count), 0.0, count - 1));
  }
  std::vector<double> chances(std::size_t p) const {
    const std::vector<double>& logits = logits_[p];
    const double most = *std::max_element(logits.begin(), logits.end());
    std::vector<double> chance;
    double sum = 0;
    for (const double logit : logits) sum += chance.emplace_back(std::exp(logit - most));
    for (double& c : chance) c /= sum;
    return chance;
  }

  const Space& space_;
  std::vector<std::vector<double>> logits_;
};

double load_of(const Limit& limit, double value, double spread) {
  const double ratio = limit.at_most ? value / limit.bound : limit.bound / value;
  const bool proportional = limit.bound > 0 && value > 0;
  const double load = proportional ? ratio : std::exp(limit.violation(value) / spread);
  return std::clamp(load, least_load, most_load);
}

/// Rewards by trial number; nothing for trials that are not finished.
class Rewards {
 public:
  Rewards(const Problem& problem, std::span<const Trial> history, const Settings& settings)
      : problem_(problem), settings_(settings) {
    for (std::size_t o = 0; o < problem.objectives.size(); ++o) {
      std::vector<double> values;
      for (const Trial& trial : history) {
        if (const auto value = objective_value(problem, trial, o)) values.push_back(*value);
      }
      if (values.empty()) values.push_back(0);
      best_.push_back(*std::min_element(values.begin(), values.end()));
      worst_.push_back(numeric::quantile(std::move(values), worst_quantile));
    }
    for (const Limit& limit : problem.limits) {
      std::vector<double> sizes;
      for (const Trial& trial : history) {
        const auto found = trial.metrics.find(limit.metric);
        if (found != trial.metrics.end() && std::isfinite(found->second))
          sizes.push_back(std::abs(limit.violation(found->second)));
      }
      const double median = sizes.empty() ? 0.0 : numeric::median(std::move(sizes));
      spread_.push_back(median > 0 ? median : 1.0);
    }
  }

  /// 0 for a failed trial, and for one that lacks a metric.
  std::optional<double> of(const Trial& trial) const {
    if (trial.state == TrialState::waiting || trial.state == TrialState::running) return std::nullopt;
    std::vector<double> quality;
    for (std::size_t o = 0; o < best_.size(); ++o) {
      const auto value = objective_value(problem_, trial, o);
      if (!value) return 0.0;
      const double range = worst_[o] - best_[o];
      quality.push_back(range > 0 ? std::clamp((worst_[o] - *value) / range, 0.0, 1.0) : 0.5);
    }
    std::vector<double> loads;
    for (std::size_t i = 0; i < problem_.limits.size(); ++i) {
      const auto found = trial.metrics.find(problem_.limits[i].metric);
      const bool there = found != trial.metrics.end() && std::isfinite(found->second);
      if (!there && !problem_.limits[i].known) return 0.0;
      if (there) loads.push_back(load_of(problem_.limits[i], found->second, spread_[i]));
    }
    return combined(quality, loads);
  }

 private:
  double combined(const std::vector<double>& quality, const std::vector<double>& loads) const {
    double reward = quality.front();
    if (settings_.reward == Reward::monas_mixed) {
      double cost = quality.size() > 1 ? 1 - quality[1] : 0.0;
      for (const double load : loads) cost += load / static_cast<double>(loads.size());
      return settings_.weight * reward - (1 - settings_.weight) * cost;
    }
    for (const double load : loads) {
      if (settings_.reward == Reward::mnasnet_soft) reward *= std::pow(load, soft_exponent);
      if (settings_.reward == Reward::mnasnet_hard && load > 1) reward /= load;
      if (settings_.reward == Reward::monas_constrained && load > 1) reward = 0;
    }
    return reward;
  }

  const Problem& problem_;
  const Settings& settings_;
  std::vector<double> best_, worst_;  ///< per objective, turned so that small is good
  std::vector<double> spread_;        ///< per limit
};

double deviation_of(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

class Reinforce final : public Strategy {
 public:
  explicit Reinforce(Settings settings) : settings_(settings) {}

  Result<Proposal> propose(const Problem& problem, std::span<const Trial> history,
                           std::uint64_t seed) override {
    const std::size_t most = settings_.reward == Reward::monas_mixed ? 2 : 1;
    if (problem.objectives.size() > most) {
      return Error{
          Fault::unsupported,
          fmt::format("reinforce with this reward handles {} objective{}", most, most > 1 ? "s" : ""),
          "objectives",
          most == 1 ? "give it the option reward = \"monas_mixed\", which weighs two, or choose "
                      "hypervolume or evolution"
                    : "turn the others into limits, or choose hypervolume or evolution"};
    }
    const Tried tried(history);
    numeric::Random dice = numeric::Random(seed).fork(history.size());
    const Policy policy = replayed(problem, history);
    for (int i = 0; i < draws; ++i) {
      Design design = policy.drawn(dice);
      if (tried.contains(design) || !problem.allowed(design)) continue;
      return Proposal{
          .design = std::move(design),
          .reason = fmt::format("drawn from a policy that is {:.0f} % decided", 100 * policy.decision())};
    }
    FORECOST_TRY(Design design, random_allowed(problem, tried, dice));
    return Proposal{.design = std::move(design), .reason = "a random design, as the policy drew no new one"};
  }

 private:
  Policy replayed(const Problem& problem, std::span<const Trial> history) const {
    Policy policy(problem.space);
    const Rewards rewards(problem, history, settings_);
    std::vector<std::pair<const Trial*, double>> finished;
    std::vector<double> values;
    for (const Trial& trial : history) {
      if (const auto reward = rewards.of(trial)) {
        finished.emplace_back(&trial, *reward);
        values.push_back(*reward);
      }
    }
    if (values.empty()) return policy;
    const double deviation = std::max(deviation_of(values), 1e-12);
    double baseline = values.front();
    for (const auto& [trial, reward] : finished) {
      policy.learn(trial->design, settings_.rate * (reward - baseline) / deviation);
      baseline = settings_.memory * baseline + (1 - settings_.memory) * reward;
    }
    return policy;
  }

  Settings settings_;
};

Result<std::unique_ptr<Strategy>> make(const nlohmann::json& options) {
  OptionReader reader("reinforce", options);
  constexpr std::array<std::string_view, 4> rewards = {"mnasnet_hard", "mnasnet_soft", "monas_constrained",
                                                       "monas_mixed"};
  const std::string reward = reader.choice("reward", rewards);
  Settings settings{.weight = reader.number("weight", 0.5, 0, 1),
                    .rate = reader.number("rate", 0.35, 1e-6, 100),
                    .memory = reader.number("memory", 0.9, 0, 1)};
  FORECOST_TRY([[maybe_unused]] auto done, reader.status());
  const auto place = std::find(rewards.begin(), rewards.end(), reward) - rewards.begin();
  settings.reward = std::array{Reward::mnasnet_hard, Reward::mnasnet_soft, Reward::monas_constrained,
                               Reward::monas_mixed}[static_cast<std::size_t>(place)];
  return std::unique_ptr<Strategy>(std::make_unique<Reinforce>(settings));
}

}  // namespace

StrategyEntry reinforce() {
  return {
      .name = "reinforce", .summary = "policy gradient with the rewards of MnasNet and MONAS", .make = make};
}

}  // namespace forecost::search::strategies
