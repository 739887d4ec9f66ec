// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/enumeration.h"

#include <cmath>
#include <limits>

namespace forecost::search {
namespace {

double level_value(const Parameter& p, int level, int levels) {
  if (p.discrete()) return level + (p.kind == Parameter::Kind::integer ? p.low : 0.0);
  const double share = levels == 1 ? 0.5 : static_cast<double>(level) / (levels - 1);
  if (level == 0 && levels > 1) return p.low;
  if (level == levels - 1 && levels > 1) return p.high;
  return p.log ? p.low * std::pow(p.high / p.low, share) : p.low + share * (p.high - p.low);
}

struct Walk {
  const Space& space;
  int levels;
  const std::function<bool(const Design&)>& visit;
  Design design;

  bool from(std::size_t index) {
    if (index == space.size()) return visit(design);
    const Parameter& p = space[index];
    if (!space.active(index, design)) {
      design.values[index] = std::numeric_limits<double>::quiet_NaN();
      return from(index + 1);
    }
    const std::int64_t count = p.discrete() ? p.count() : levels;
    for (std::int64_t level = 0; level < count; ++level) {
      design.values[index] = level_value(p, static_cast<int>(level), levels);
      if (!from(index + 1)) return false;
    }
    return true;
  }
};

}  // namespace

void enumerate(const Space& space, int levels, const std::function<bool(const Design&)>& visit) {
  Walk walk{space, levels, visit,
            Design{std::vector<double>(space.size(), std::numeric_limits<double>::quiet_NaN())}};
  walk.from(0);
}

}  // namespace forecost::search
