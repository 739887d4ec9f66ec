// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/cost_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace forecost::search {
namespace {

constexpr std::uint64_t seed = 20;
constexpr int random_paths = 64;
constexpr int most_tries = 3;
constexpr double exact_to = 1e-9;  ///< of sums of whole numbers in another order

using Path = std::vector<std::uint32_t>;

}  // namespace

class CostTableMaker {
 public:
  CostTableMaker(DesignGraph graph, const ForecastInParts& forecast, std::size_t costs)
      : table_(std::move(graph)), forecast_(forecast), random_(seed) {
    table_.costs_.resize(costs);
    for (const DesignGraph::Level& level : table_.graph_.levels()) {
      for (CostTable::Cost& cost : table_.costs_) {
        cost.sum.emplace_back(level.arcs(), 0.0);
        cost.largest.emplace_back(level.arcs(), 0.0);
      }
      count_.emplace_back(level.arcs(), 0);
      // A level of rules costs nothing, so that nothing of it is to be learned.
      tries_.emplace_back(level.arcs(), level.link ? 0 : most_tries);
    }
  }

  std::optional<CostTable> make(std::size_t most_forecasts) {
    while (table_.forecasts_ < most_forecasts) {
      const std::optional<Path> path = walked(true);
      if (!path) break;
      forecast(*path);
    }
    for (int i = 0; i < random_paths; ++i) {
      const std::optional<Path> path = walked(false);
      if (path) forecast(*path);
    }
    if (walks_.empty()) return std::nullopt;
    settle();
    for (std::size_t c = 0; c < table_.costs_.size(); ++c) compare(c);
    return std::move(table_);
  }

 private:
  struct Walk {
    Path path;
    std::vector<Known> total;
  };

  bool wanted(std::size_t level, std::size_t arc) const {
    return count_[level][arc] == 0 && tries_[level][arc] < most_tries;
  }

  /// Per level and state: most wanted arcs of a way to the end; -1 where there is no way.
  std::vector<std::vector<int>> prospects(bool covering) const {
    const auto& levels = table_.graph_.levels();
    std::vector<std::vector<int>> most(levels.size() + 1);
    most.back().assign(table_.graph_.end_states(), 0);
    for (std::size_t l = levels.size(); l-- > 0;) {
      most[l].assign(levels[l].states(), -1);
      for (std::size_t s = 0; s < levels[l].states(); ++s) {
        for (std::uint32_t a = levels[l].first[s]; a < levels[l].first[s + 1]; ++a) {
          const int behind = most[l + 1][levels[l].to[a]];
          if (behind >= 0) most[l][s] = std::max(most[l][s], behind + (covering && wanted(l, a) ? 1 : 0));
        }
      }
    }
    return most;
  }

  /// A path with as many wanted arcs as there can be, ties by chance; nothing where none is wanted. Or any
  /// path.
  std::optional<Path> walked(bool covering) {
    const auto most = prospects(covering);
    if (most.front().front() < (covering ? 1 : 0)) return std::nullopt;
    Path path;
    std::size_t state = 0;
    const auto& levels = table_.graph_.levels();
    for (std::size_t l = 0; l < levels.size(); ++l) {
      std::int64_t alike = 0;
      std::uint32_t chosen = 0;
      for (std::uint32_t a = levels[l].first[state]; a < levels[l].first[state + 1]; ++a) {
        const int behind = most[l + 1][levels[l].to[a]];
        if (behind < 0 || behind + (covering && wanted(l, a) ? 1 : 0) < most[l][state]) continue;
        if (random_.integer(0, alike++) == 0) chosen = a;
      }
      path.push_back(chosen);
      state = levels[l].to[chosen];
    }
    return path;
  }

  void forecast(const Path& path) {
    ++table_.forecasts_;
    const auto costs = forecast_(table_.graph_.design(path));
    const auto& levels = table_.graph_.levels();
    for (std::size_t l = 0; l < levels.size(); ++l) {
      ++tries_[l][path[l]];
      if (!costs) continue;
      ++count_[l][path[l]];
      if (!levels[l].link) continue;
      for (std::size_t c = 0; c < table_.costs_.size(); ++c) {
        table_.costs_[c].sum[l][path[l]] += (*costs)[c].sum[*levels[l].link];
        table_.costs_[c].largest[l][path[l]] += (*costs)[c].largest[*levels[l].link];
      }
    }
    if (!costs) return;
    Walk walk{path, {}};
    for (const CostInParts& cost : *costs) walk.total.push_back(cost.total);
    walks_.push_back(std::move(walk));
  }

  /// Sums become means.
  void settle() {
    const auto& levels = table_.graph_.levels();
    for (std::size_t l = 0; l < levels.size(); ++l) {
      table_.open_.emplace_back(levels[l].arcs(), false);
      for (std::size_t a = 0; a < levels[l].arcs(); ++a) {
        table_.open_[l][a] = count_[l][a] > 0 || !levels[l].link;
        if (count_[l][a] == 0) continue;
        for (CostTable::Cost& cost : table_.costs_) {
          cost.sum[l][a] /= count_[l][a];
          cost.largest[l][a] /= count_[l][a];
        }
      }
    }
    for (std::size_t c = 0; c < table_.costs_.size(); ++c) {
      double rest = 0;
      for (const Walk& walk : walks_) rest += walk.total[c].value - table_.value(c, walk.path);
      table_.costs_[c].rest = rest / static_cast<double>(walks_.size());
    }
  }

  void compare(std::size_t c) {
    CostTable::Cost& cost = table_.costs_[c];
    for (const Walk& walk : walks_) {
      const Known& whole = walk.total[c];
      const double value = table_.value(c, walk.path);
      if (whole.deviation != 0 || std::abs(whole.value - value) > exact_to * std::max(1.0, std::abs(value)))
        cost.exact = false;
      if (value > 0) cost.ratios.push_back({whole.value / value, whole.deviation / value});
    }
    if (cost.exact || cost.ratios.empty()) cost.ratios = {CostTable::Ratio{}};
    std::sort(cost.ratios.begin(), cost.ratios.end(),
              [](const CostTable::Ratio& a, const CostTable::Ratio& b) { return a.value < b.value; });
  }

  CostTable table_;
  const ForecastInParts& forecast_;
  numeric::Random random_;
  std::vector<std::vector<int>> count_;  ///< per level and arc: forecasts that it was part of
  std::vector<std::vector<int>> tries_;  ///< the same with those that failed
  std::vector<Walk> walks_;
};

std::optional<CostTable> CostTable::make(DesignGraph graph, const ForecastInParts& forecast,
                                         std::size_t costs, std::size_t most_forecasts) {
  return CostTableMaker(std::move(graph), forecast, costs).make(most_forecasts);
}

double CostTable::value(std::size_t cost, const std::vector<std::uint32_t>& path) const {
  const Cost& own = costs_[cost];
  double sum = own.rest;
  double largest = 0;
  for (std::size_t l = 0; l < path.size(); ++l) {
    sum += own.sum[l][path[l]];
    largest = std::max(largest, own.largest[l][path[l]]);
  }
  return sum + largest;
}

}  // namespace forecost::search
