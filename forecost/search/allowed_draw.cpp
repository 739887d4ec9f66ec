// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/allowed_draw.h"

#include <array>
#include <cmath>

namespace forecost::search {
namespace {

/// One of 0 ... count - 1, by the upper half of random bits.
std::uint32_t part(std::uint64_t bits, std::uint32_t count) {
  return static_cast<std::uint32_t>(((bits >> 32U) * count) >> 32U);
}

}  // namespace

void AllowedDraw::flatten(const std::vector<std::size_t>& order) {
  flat_.costs.resize(order.size());
  std::uint32_t first_state = 0;
  const std::size_t limits = weights_.size();
  for (const Level& level : levels_) {
    const auto first_arc = static_cast<std::uint32_t>(flat_.arcs.size());
    flat_.offset.push_back(first_arc);
    const auto next_state = first_state + static_cast<std::uint32_t>(level.first.size() - 1);
    for (std::size_t s = 0; s + 1 < level.first.size(); ++s)
      flat_.states.push_back({first_arc + level.first[s], level.first[s + 1] - level.first[s]});
    for (std::size_t a = 0; a < level.arcs.size(); ++a) {
      const Arc& arc = level.arcs[a];
      flat_.arcs.push_back({next_state + arc.to, first_arc + arc.other, arc.instead});
      for (std::size_t i = 0; i < order.size(); ++i) {
        Flat::Costs& costs = flat_.costs[i];
        costs.limit = order[i];
        costs.sum.push_back(level.sum[a * limits + order[i]]);
        if (level.largest.empty()) continue;
        costs.largest.push_back(level.largest[a * limits + order[i]]);
        costs.any_largest = costs.any_largest || costs.largest.back() != 0;
      }
    }
    first_state = next_state;
  }
  levels_.clear();
}

bool AllowedDraw::draw(numeric::Random& random, std::vector<std::uint32_t>& path, int tries) const {
  const bool found = draw_some(random, path, tries) > 0;
  path.resize(flat_.offset.size());
  return found;
}

std::size_t AllowedDraw::draw_some(numeric::Random& random, std::vector<std::uint32_t>& paths,
                                   int tries) const {
  const std::size_t levels = flat_.offset.size();
  paths.resize(lanes * levels);
  for (int i = 0; i < tries; i += static_cast<int>(lanes)) {
    std::array<std::uint32_t, lanes> state{};
    for (std::size_t l = 0; l < levels; ++l) {
      std::uint64_t bits = 0;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        bits = lane % 2 == 0 ? random.bits() : bits >> 32U;
        const Step step = flat_.states[state[lane]];
        // The whole part is one of the arcs alike, the fraction decides between it and the other one.
        const std::uint64_t product = (bits & 0xFFFFFFFFU) * step.count;
        const std::uint32_t one = step.first + static_cast<std::uint32_t>(product >> 32U);
        const Arc& arc = flat_.arcs[one];
        const std::uint32_t taken = static_cast<std::uint32_t>(product) < arc.instead ? one : arc.other;
        paths[lane * levels + l] = taken;
        state[lane] = flat_.arcs[taken].to;
      }
    }
    std::size_t count = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (!kept(random, {paths.data() + lane * levels, levels})) continue;
      for (std::size_t l = 0; l < levels; ++l)
        paths[count * levels + l] = paths[lane * levels + l] - flat_.offset[l];
      ++count;
    }
    if (count == 0) continue;
    paths.resize(count * levels);
    return count;
  }
  return 0;
}

bool AllowedDraw::kept(numeric::Random& random, std::span<const std::uint32_t> arcs) const {
  double excess = 0;
  for (const Flat::Costs& costs : flat_.costs) {
    const std::vector<double>& bounds = bounds_[costs.limit];
    const std::size_t which =
        bounds.size() == 1 ? 0 : part(random.bits(), static_cast<std::uint32_t>(bounds.size()));
    double sum = 0;
    double largest = 0;
    for (const std::uint32_t arc : arcs) sum += costs.sum[arc];
    for (std::size_t l = 0; l < arcs.size() && costs.any_largest; ++l) {
      const double own = costs.largest[arcs[l]];
      if (std::abs(own) > std::abs(largest)) largest = own;
    }
    if (!(sum + largest <= bounds[which])) return false;
    excess += weights_[costs.limit] * (even_[costs.limit] - sum);
  }
  return excess <= 0 || random.uniform() < std::exp(-excess);
}

}  // namespace forecost::search
