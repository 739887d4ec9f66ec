// SPDX-License-Identifier: Apache-2.0
/// Minimum cuts of directed graphs.
#pragma once

#include <cstddef>
#include <vector>

namespace forecost::numeric {

/// Dinic 1970: augments along shortest paths by blocking flows, O(nodes^2 x arcs) and far less in practice.
class MaxFlow {
 public:
  explicit MaxFlow(std::size_t nodes);

  /// Capacity >= 0; may be infinite. Both nodes exist.
  void arc(std::size_t from, std::size_t to, double capacity);

  /// The smallest set of nodes on the source's side of a cut of least capacity. Capacities are compared to
  /// within 1e-12 of the largest finite one. Once per object. Every path from source to sink needs an arc of
  /// finite capacity.
  std::vector<bool> source_side(std::size_t source, std::size_t sink);

 private:
  struct Arc {
    std::size_t to;
    double left;
  };
  bool level(std::size_t source, std::size_t sink);
  double push(std::size_t source, std::size_t sink);

  std::vector<Arc> arcs_;  ///< an arc and its reverse are neighbours
  std::vector<std::vector<std::size_t>> from_;
  std::vector<std::size_t> next_;
  std::vector<int> level_;
  double least_ = 0;
};

}  // namespace forecost::numeric
