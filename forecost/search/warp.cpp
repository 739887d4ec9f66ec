// SPDX-License-Identifier: Apache-2.0
#include "forecost/search/warp.h"

#include <algorithm>
#include <cmath>

namespace forecost::search {

Warped warped(double u, double log_a, double log_b) {
  constexpr double edge = 1e-6;
  const double inside = std::clamp(u, edge, 1 - edge);
  if (log_a == 0 && log_b == 0) {
    return {.value = u,
            .by_unit = 1,
            .by_log_a = inside * std::log(inside),
            .by_log_b = -(1 - inside) * std::log1p(-inside)};
  }
  const double a = std::exp(log_a);
  const double b = std::exp(log_b);
  const double power = std::pow(inside, a);
  const double rest = std::max(1 - power, 1e-300);
  const double tail = std::pow(rest, b);
  const double by_power = b * tail / rest;
  return {.value = 1 - tail,
          .by_unit = by_power * a * power / inside,
          .by_log_a = by_power * power * std::log(inside) * a,
          .by_log_b = -tail * std::log(rest) * b};
}

}  // namespace forecost::search
