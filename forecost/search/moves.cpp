// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/moves.h"

#include <algorithm>
#include <cmath>

namespace forecost::search {
namespace {

double stepped(const Parameter& p, double unit, double size, numeric::Random& random) {
  if (p.kind == Parameter::Kind::categorical) {
    const auto count = p.count();
    return (static_cast<double>(random.integer(0, count - 1)) + 0.5) / static_cast<double>(count);
  }
  double step = size * random.normal();
  if (p.discrete()) {
    const double cell = 1.0 / static_cast<double>(std::max<std::int64_t>(1, p.count()));
    if (std::abs(step) < cell && random.uniform() < std::max(0.3, std::abs(step) / cell))
      step = std::copysign(cell, step);
  }
  return std::clamp(unit + step, 0.0, 1.0);
}

}  // namespace

Design moved(const Space& space, const Design& from, const Move& move, numeric::Random& random) {
  std::vector<double> unit = space.encode(from);
  const auto sure = static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(space.size()) - 1));
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (std::isnan(from.values[i])) {
      unit[i] = random.uniform();
      continue;
    }
    double chance = move.share;
    if (space[i].kind == Parameter::Kind::categorical)
      chance *= std::min(1.0, move.size + 1.0 / static_cast<double>(space.size()));
    if (i == sure || random.uniform() < chance) unit[i] = stepped(space[i], unit[i], move.size, random);
  }
  return space.decode(unit);
}

}  // namespace forecost::search
