// SPDX-License-Identifier: Apache-2.0
// Weights and chances of AllowedDraw.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "forecost/search/allowed_draw.h"

namespace forecost::search {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int rounds = 12;             ///< over the limits, each weight by itself
constexpr int steps = 40;              ///< of one weight
constexpr double steepest = 1e4;       ///< largest weight, per deviation of the cost over all paths
constexpr double close_enough = 0.02;  ///< of a mean to its bound, in deviations
constexpr int probes = 256;            ///< draws that show what the largest parts come to
constexpr int probe_rounds = 3;

/// By level and state or arc.
using Table = std::vector<std::vector<double>>;

struct Moments {
  std::vector<double> mean;      ///< per limit
  std::vector<double> variance;  ///< per limit
};

}  // namespace

class AllowedDrawMaker {
 public:
  AllowedDrawMaker(const CostTable& table, const std::vector<TableLimit>& limits)
      : table_(table), limits_(limits) {}

  std::optional<AllowedDraw> make() {
    set_up();
    prune();
    if (!backward()) return std::nullopt;
    for (std::size_t m = 0; m < limits_.size(); ++m) {
      if (least_sum(m) > draw_.bounds_[m].back()) return std::nullopt;
    }
    const Moments plain = moments();
    for (const double variance : plain.variance) scale_.push_back(variance > 0 ? std::sqrt(variance) : 1.0);
    std::vector<double> offset(limits_.size(), 0.0);
    for (int round = 0; round < probe_rounds; ++round) {
      solve(offset);
      set_alias();
      if (draw_.levels_.front().largest.empty()) break;
      offset = typical_largest();
    }
    draw_.weights_ = weights_;
    for (std::size_t m = 0; m < limits(); ++m) {
      const std::vector<double>& bounds = draw_.bounds_[m];
      draw_.even_.push_back(bounds[bounds.size() * 9 / 10] - offset[m]);
    }
    draw_.flatten(order());
    return std::move(draw_);
  }

 private:
  std::size_t limits() const { return limits_.size(); }

  void set_up() {
    const auto& levels = table_.graph().levels();
    weights_.assign(limits(), 0.0);
    bool any_largest = false;
    for (const TableLimit& limit : limits_) {
      for (const auto& level : table_[limit.cost].largest)
        any_largest = any_largest || std::any_of(level.begin(), level.end(), [](double v) { return v != 0; });
    }
    for (std::size_t l = 0; l < levels.size(); ++l) {
      AllowedDraw::Level level;
      level.first = levels[l].first;
      level.arcs.resize(levels[l].arcs());
      open_.emplace_back(levels[l].arcs(), false);
      for (std::uint32_t a = 0; a < levels[l].arcs(); ++a) {
        level.arcs[a].to = levels[l].to[a];
        open_[l][a] = table_.open(l, a);
        for (const TableLimit& limit : limits_) {
          const double sign = limit.at_most ? 1 : -1;
          level.sum.push_back(sign * table_[limit.cost].sum[l][a]);
          if (any_largest) level.largest.push_back(sign * table_[limit.cost].largest[l][a]);
        }
      }
      draw_.levels_.push_back(std::move(level));
    }
    for (const TableLimit& limit : limits_) {
      std::vector<double> bounds;
      const double sign = limit.at_most ? 1 : -1;
      for (const CostTable::Ratio& ratio : table_[limit.cost].ratios) {
        const double factor = ratio.value + sign * limit.z * ratio.deviation;
        if (factor > 0) bounds.push_back(sign * (limit.bound / factor - table_[limit.cost].rest));
      }
      if (bounds.empty()) bounds.push_back(sign * (limit.bound - table_[limit.cost].rest));
      std::sort(bounds.begin(), bounds.end());
      draw_.bounds_.push_back(std::move(bounds));
    }
  }

  /// Closes arcs whose largest part alone, beside the least sum, breaks a limit.
  void prune() {
    for (std::size_t m = 0; m < limits(); ++m) {
      if (draw_.levels_.front().largest.empty() || !limits_[m].at_most) continue;
      const double room = draw_.bounds_[m].back() - least_sum(m);
      for (std::size_t l = 0; l < draw_.levels_.size(); ++l) {
        for (std::size_t a = 0; a < open_[l].size(); ++a) {
          if (draw_.levels_[l].largest[a * limits() + m] > room) open_[l][a] = false;
        }
      }
    }
  }

  /// The limits that some path breaks, those with large weights first: they refuse most draws.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> found;
    for (std::size_t m = 0; m < limits(); ++m) {
      if (most_sum(m) > draw_.bounds_[m].front()) found.push_back(m);
    }
    std::stable_sort(found.begin(), found.end(), [this](std::size_t a, std::size_t b) {
      return weights_[a] * scale_[a] > weights_[b] * scale_[b];
    });
    return found;
  }

  /// No path's sum and largest part together are larger.
  double most_sum(std::size_t m) const {
    std::vector<double> behind(table_.graph().end_states(), 0.0);
    double largest = 0;
    for (std::size_t l = draw_.levels_.size(); l-- > 0;) {
      const AllowedDraw::Level& level = draw_.levels_[l];
      std::vector<double> here(level.first.size() - 1, -infinity);
      for (std::size_t s = 0; s < here.size(); ++s) {
        for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a) {
          if (!open_[l][a]) continue;
          here[s] = std::max(here[s], level.sum[a * limits() + m] + behind[level.arcs[a].to]);
          if (!level.largest.empty()) largest = std::max(largest, level.largest[a * limits() + m]);
        }
      }
      behind = std::move(here);
    }
    return behind.front() + largest;
  }

  double least_sum(std::size_t m) const {
    std::vector<double> behind(table_.graph().end_states(), 0.0);
    for (std::size_t l = draw_.levels_.size(); l-- > 0;) {
      const AllowedDraw::Level& level = draw_.levels_[l];
      std::vector<double> here(level.first.size() - 1, infinity);
      for (std::size_t s = 0; s < here.size(); ++s) {
        for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a) {
          if (open_[l][a])
            here[s] = std::min(here[s], level.sum[a * limits() + m] + behind[level.arcs[a].to]);
        }
      }
      behind = std::move(here);
    }
    return behind.front();
  }

  double exponent(const AllowedDraw::Level& level, std::size_t arc) const {
    double sum = 0;
    for (std::size_t m = 0; m < limits(); ++m) sum -= weights_[m] * level.sum[arc * limits() + m];
    return sum;
  }

  /// Per state the logarithm of the sum over its ways to the end, per arc its chance. False where there is no
  /// way.
  bool backward() {
    std::vector<double> behind(table_.graph().end_states(), 0.0);
    chance_.assign(draw_.levels_.size(), {});
    for (std::size_t l = draw_.levels_.size(); l-- > 0;) {
      const AllowedDraw::Level& level = draw_.levels_[l];
      std::vector<double> here(level.first.size() - 1, -infinity);
      std::vector<double>& chance = chance_[l];
      chance.assign(level.arcs.size(), -infinity);
      for (std::size_t s = 0; s < here.size(); ++s) {
        double most = -infinity;
        for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a) {
          if (open_[l][a]) chance[a] = exponent(level, a) + behind[level.arcs[a].to];
          most = std::max(most, chance[a]);
        }
        double sum = 0;
        for (std::uint32_t a = level.first[s]; a < level.first[s + 1] && most > -infinity; ++a)
          sum += chance[a] = std::exp(chance[a] - most);
        for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a)
          chance[a] = sum > 0 ? chance[a] / sum : 0.0;
        if (sum > 0) here[s] = most + std::log(sum);
      }
      behind = std::move(here);
    }
    return behind.front() > -infinity;
  }

  /// Of the sums under the chances. Backward again: mean and mean square of what is left from each state.
  Moments moments() const {
    Moments result{std::vector<double>(limits()), std::vector<double>(limits())};
    for (std::size_t m = 0; m < limits(); ++m) {
      std::vector<double> mean(table_.graph().end_states(), 0.0);
      std::vector<double> variance = mean;
      for (std::size_t l = draw_.levels_.size(); l-- > 0;) {
        const AllowedDraw::Level& level = draw_.levels_[l];
        std::vector<double> next_mean(level.first.size() - 1, 0.0);
        std::vector<double> next_variance = next_mean;
        for (std::size_t s = 0; s < next_mean.size(); ++s) {
          const auto cost = [&](std::uint32_t a) {
            return level.sum[a * limits() + m] + mean[level.arcs[a].to];
          };
          for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a) {
            if (chance_[l][a] > 0) next_mean[s] += chance_[l][a] * cost(a);
          }
          for (std::uint32_t a = level.first[s]; a < level.first[s + 1]; ++a) {
            if (!(chance_[l][a] > 0)) continue;
            const double off = cost(a) - next_mean[s];
            next_variance[s] += chance_[l][a] * (off * off + variance[level.arcs[a].to]);
          }
        }
        mean = std::move(next_mean);
        variance = std::move(next_variance);
      }
      result.mean[m] = mean.front();
      result.variance[m] = variance.front();
    }
    return result;
  }

  /// Weights that bring each mean to the middle one of its bounds less `offset`: Newton's steps inside a
  /// bracket, one weight after the other.
  void solve(const std::vector<double>& offset) {
    for (int round = 0; round < rounds; ++round) {
      bool settled = true;
      for (std::size_t m = 0; m < limits(); ++m) {
        const double goal = draw_.bounds_[m][draw_.bounds_[m].size() / 2] - offset[m];
        settled = fit_weight(m, goal) && settled;
      }
      if (settled || limits() == 1) break;
    }
  }

  /// True where the weight was right before.
  bool fit_weight(std::size_t m, double goal) {
    double low = 0;
    double high = steepest / scale_[m];
    for (int step = 0; step < steps; ++step) {
      backward();
      const Moments now = moments();
      const double over = now.mean[m] - goal;
      const bool right = std::abs(over) <= close_enough * scale_[m] || (over < 0 && weights_[m] == 0);
      if (right) return step == 0;
      (over > 0 ? low : high) = weights_[m];
      double next = now.variance[m] > 0 ? weights_[m] + over / now.variance[m] : high;
      if (!(next > low && next < high)) next = next <= low && low == 0 ? 0 : 0.5 * (low + high);
      if (next == weights_[m] || high - low < 1e-12 * high) return step == 0;
      weights_[m] = next;
    }
    return false;
  }

  std::vector<double> typical_largest() const {
    numeric::Random random(probes);
    std::vector<double> mean(limits(), 0.0);
    for (int i = 0; i < probes; ++i) {
      std::vector<double> largest(limits(), 0.0);
      std::size_t state = 0;
      for (std::size_t l = 0; l < draw_.levels_.size(); ++l) {
        const AllowedDraw::Level& level = draw_.levels_[l];
        const std::uint32_t first = level.first[state];
        const std::size_t arc =
            first + random.choice({chance_[l].data() + first, level.first[state + 1] - first});
        for (std::size_t m = 0; m < limits(); ++m) {
          const double own = level.largest[arc * limits() + m];
          largest[m] = limits_[m].at_most ? std::max(largest[m], own) : std::min(largest[m], own);
        }
        state = level.arcs[arc].to;
      }
      for (std::size_t m = 0; m < limits(); ++m) mean[m] += largest[m] / probes;
    }
    return mean;
  }

  void set_alias() {
    backward();
    for (std::size_t l = 0; l < draw_.levels_.size(); ++l) {
      AllowedDraw::Level& level = draw_.levels_[l];
      for (std::size_t s = 0; s + 1 < level.first.size(); ++s)
        set_alias(level, l, level.first[s], level.first[s + 1]);
    }
  }

  void set_alias(AllowedDraw::Level& level, std::size_t l, std::uint32_t first, std::uint32_t end) {
    constexpr double whole = 4294967295.0;
    std::vector<std::uint32_t> poor;
    std::vector<std::uint32_t> rich;
    std::vector<double> share(end - first);
    for (std::uint32_t a = first; a < end; ++a) {
      share[a - first] = chance_[l][a] * static_cast<double>(end - first);
      (share[a - first] < 1 ? poor : rich).push_back(a);
    }
    while (!poor.empty() && !rich.empty()) {
      const std::uint32_t small = poor.back();
      const std::uint32_t large = rich.back();
      poor.pop_back();
      level.arcs[small].instead = static_cast<std::uint32_t>(share[small - first] * whole);
      level.arcs[small].other = large;
      share[large - first] -= 1 - share[small - first];
      if (share[large - first] >= 1) continue;
      rich.pop_back();
      poor.push_back(large);
    }
    for (const auto& rest : {poor, rich}) {  // what is left has a share of 1, up to rounding
      for (const std::uint32_t a : rest) {
        level.arcs[a].instead = static_cast<std::uint32_t>(whole);
        level.arcs[a].other = a;
      }
    }
  }

  const CostTable& table_;
  const std::vector<TableLimit>& limits_;
  AllowedDraw draw_;
  std::vector<std::vector<bool>> open_;
  std::vector<double> weights_;
  std::vector<double> scale_;
  Table chance_;
};

std::optional<AllowedDraw> AllowedDraw::make(const CostTable& table, const std::vector<TableLimit>& limits) {
  FORECOST_EXPECTS(limits.size() <= most_limits, "a study has at most 8 limits on costs");
  return AllowedDrawMaker(table, limits).make();
}

}  // namespace forecost::search
