// SPDX-License-Identifier: Apache-2.0
#include "forecost/numeric/max_flow.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "forecost/outcome/outcome.h"

namespace forecost::numeric {

MaxFlow::MaxFlow(std::size_t nodes) : from_(nodes), next_(nodes), level_(nodes) {}

void MaxFlow::arc(std::size_t from, std::size_t to, double capacity) {
  FORECOST_EXPECTS(from < from_.size() && to < from_.size() && capacity >= 0, "arcs join nodes that exist");
  if (std::isfinite(capacity)) least_ = std::max(least_, capacity * 1e-12);
  from_[from].push_back(arcs_.size());
  arcs_.push_back({to, capacity});
  from_[to].push_back(arcs_.size());
  arcs_.push_back({from, 0});
}

/// Distances from the source along arcs with capacity left.
bool MaxFlow::level(std::size_t source, std::size_t sink) {
  std::fill(level_.begin(), level_.end(), -1);
  std::vector<std::size_t> queue{source};
  level_[source] = 0;
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const std::size_t a : from_[queue[head]]) {
      if (arcs_[a].left <= least_ || level_[arcs_[a].to] >= 0) continue;
      level_[arcs_[a].to] = level_[queue[head]] + 1;
      queue.push_back(arcs_[a].to);
    }
  }
  return level_[sink] >= 0;
}

/// Flow along one more path of the level graph; 0 when it is blocked.
double MaxFlow::push(std::size_t source, std::size_t sink) {
  std::vector<std::size_t> path;
  for (std::size_t node = source; node != sink;) {
    auto& next = next_[node];
    while (next < from_[node].size()) {
      const Arc& arc = arcs_[from_[node][next]];
      if (arc.left > least_ && level_[arc.to] == level_[node] + 1) break;
      ++next;
    }
    if (next < from_[node].size()) {
      path.push_back(from_[node][next]);
      node = arcs_[path.back()].to;
    } else {
      if (path.empty()) return 0;
      node = arcs_[path.back() ^ 1U].to;
      ++next_[node];
      path.pop_back();
    }
  }
  double flow = std::numeric_limits<double>::infinity();
  for (const std::size_t a : path) flow = std::min(flow, arcs_[a].left);
  for (const std::size_t a : path) {
    arcs_[a].left -= flow;
    arcs_[a ^ 1U].left += flow;
  }
  return flow;
}

std::vector<bool> MaxFlow::source_side(std::size_t source, std::size_t sink) {
  while (level(source, sink)) {
    std::fill(next_.begin(), next_.end(), 0U);
    for (;;) {
      const double flow = push(source, sink);
      FORECOST_EXPECTS(std::isfinite(flow), "every path from source to sink has a finite arc");
      if (flow == 0) break;
    }
  }
  std::vector<bool> side(level_.size());
  for (std::size_t node = 0; node < side.size(); ++node) side[node] = level_[node] >= 0;
  return side;
}

}  // namespace forecost::numeric
