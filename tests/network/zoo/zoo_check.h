// SPDX-License-Identifier: Apache-2.0
/// What the tests of the zoo's families ask of one entry.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "forecost/network/builder.h"
#include "forecost/network/zoo.h"

namespace forecost::network {

inline Network build_zoo(std::string_view name, const ZooOptions& options = {}) {
  return find_zoo(name).value()->build(options);
}

inline std::int64_t published_parameters(std::string_view name) {
  return find_zoo(name).value()->parameters;
}

inline std::int64_t count(const Network& network, std::string_view op) {
  const auto& nodes = network.graph.nodes;
  return std::count_if(nodes.begin(), nodes.end(), [op](const Node& node) { return node.op == op; });
}

/// Declared extents of the only or the first output.
inline Shape output_shape(const Network& network) {
  Shape shape;
  for (const Dimension& dim : network.graph.outputs.at(0).dims.value()) shape.push_back(dim.extent.value());
  return shape;
}

}  // namespace forecost::network
