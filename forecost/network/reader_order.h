// SPDX-License-Identifier: Apache-2.0
/// Checks that every tensor of a graph is made once and before it is used, and sorts the nodes where they are
/// not.
#pragma once

#include <string>
#include <vector>

#include "forecost/network/network.h"
#include "forecost/network/reader_place.h"
#include "forecost/outcome/outcome.h"

namespace forecost::network {

/// A tensor that a graph uses, but does not make: it must come from a graph around it.
struct Outer {
  std::string name;
  std::string user;  ///< "node 'add' (Add)"
};

/// A graph as parsed. `captured[i]` are the tensors that subgraphs of node i take from outside of themselves.
struct Body {
  Graph graph;
  std::vector<std::vector<Outer>> captured;
};

/// A graph in order, and what it takes from graphs around it.
struct Settled {
  Graph graph;
  std::vector<Outer> outer;
};

/// "node 'conv1' (Conv)", or its position where it has no name.
std::string label_of(const Node& node, std::size_t index);

/// Drops inputs that are initializers (IR below 4 lists them twice) and sorts the nodes topologically; nodes
/// that are in order stay as they are, others keep their relative order as far as possible. Fails:
/// `bad_input` for a tensor that is made twice and for a cycle, naming a node. O((nodes + edges) log nodes).
Result<Settled> settle(Body body, const Place& place);

}  // namespace forecost::network
