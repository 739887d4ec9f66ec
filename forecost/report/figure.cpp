// SPDX-License-Identifier: Apache-2.0
#include "forecost/report/figure.h"

#include <fmt/format.h>

namespace forecost::report {

std::string result_line(const Figure& figure) {
  std::string text = fmt::format("RESULT {} {:.4g} {}", figure.key, figure.value, figure.unit);
  if (figure.goal == Figure::Goal::none) return text;
  const bool at_most = figure.goal == Figure::Goal::at_most;
  const bool met = at_most ? figure.value <= figure.limit : figure.value >= figure.limit;
  return fmt::format("{} goal {} {:g} {}", text, at_most ? "<=" : ">=", figure.limit, met ? "met" : "missed");
}

std::string absent_line(const std::string& key, const std::string& why) {
  return fmt::format("RESULT {} absent {}", key, why);
}

}  // namespace forecost::report
