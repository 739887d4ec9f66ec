// SPDX-License-Identifier: Apache-2.0
// Kahn's algorithm with the lowest original position first, which makes the sort stable.
#include "forecost/network/reader_order.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace forecost::network {
namespace {

/// Producer of each name: the index of a node, or `given` for inputs and initializers.
using Makers = std::unordered_map<std::string_view, std::ptrdiff_t>;
constexpr std::ptrdiff_t given = -1;

Error made_twice(std::string_view name, const Place& place) {
  return place.broken(fmt::format("tensor '{}' is made more than once", name),
                      "every tensor needs a name of its own: export the model again");
}

void drop_initialized_inputs(Graph& graph) {
  std::unordered_set<std::string_view> names;
  for (const Tensor& tensor : graph.initializers) names.insert(tensor.name);
  if (names.empty()) return;
  const auto is_initialized = [&names](const ValueInfo& input) { return names.count(input.name) != 0; };
  graph.inputs.erase(std::remove_if(graph.inputs.begin(), graph.inputs.end(), is_initialized),
                     graph.inputs.end());
}

Result<Makers> find_makers(const Graph& graph, const Place& place) {
  Makers makers;
  makers.reserve(graph.nodes.size() * 2 + graph.initializers.size() + graph.inputs.size());
  for (const Tensor& tensor : graph.initializers) {
    if (!makers.emplace(tensor.name, given).second) return made_twice(tensor.name, place);
  }
  for (const ValueInfo& input : graph.inputs) {
    if (!makers.emplace(input.name, given).second) return made_twice(input.name, place);
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& output : graph.nodes[i].outputs) {
      if (output.empty()) continue;
      if (!makers.emplace(output, static_cast<std::ptrdiff_t>(i)).second) {
        return made_twice(output, place.within(label_of(graph.nodes[i], i)));
      }
    }
  }
  return makers;
}

/// Nodes that must run before node i: its producers, those of its subgraphs' captured tensors included.
template <typename Visit>
void each_maker(const Body& body, const Makers& makers, std::size_t i, Visit visit) {
  const auto look_up = [&](std::string_view name) {
    const auto found = makers.find(name);
    if (found != makers.end() && found->second != given) visit(static_cast<std::size_t>(found->second));
  };
  for (const std::string& input : body.graph.nodes[i].inputs) look_up(input);
  for (const Outer& capture : body.captured[i]) look_up(capture.name);
}

std::vector<Outer> find_outer(const Body& body, const Makers& makers) {
  std::vector<Outer> outer;
  std::unordered_set<std::string_view> seen;
  const auto look_up = [&](const std::string& name, const auto& user) {
    if (!name.empty() && makers.count(name) == 0 && seen.insert(name).second) outer.push_back({name, user()});
  };
  const Graph& graph = body.graph;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      look_up(input, [&] { return label_of(graph.nodes[i], i); });
    }
    for (const Outer& capture : body.captured[i]) {
      look_up(capture.name, [&] { return capture.user; });
    }
  }
  for (const ValueInfo& output : graph.outputs) {
    look_up(output.name, [&] { return fmt::format("graph output '{}'", output.name); });
  }
  return outer;
}

bool in_order(const Body& body, const Makers& makers) {
  bool good = true;
  for (std::size_t i = 0; i < body.graph.nodes.size() && good; ++i) {
    each_maker(body, makers, i, [&](std::size_t maker) { good = good && maker < i; });
  }
  return good;
}

/// Some node on a cycle: walking backwards among nodes that wait for each other must come round.
std::size_t node_on_cycle(const Body& body, const Makers& makers, const std::vector<std::size_t>& waiting) {
  std::size_t at = 0;
  while (waiting[at] == 0) ++at;
  std::vector<bool> seen(waiting.size());
  while (!seen[at]) {
    seen[at] = true;
    std::size_t before = at;
    each_maker(body, makers, at, [&](std::size_t maker) { before = waiting[maker] != 0 ? maker : before; });
    at = before;
  }
  return at;
}

Result<std::vector<std::size_t>> sorted_order(const Body& body, const Makers& makers, const Place& place) {
  const std::size_t count = body.graph.nodes.size();
  std::vector<std::vector<std::size_t>> users(count);
  std::vector<std::size_t> waiting(count);
  for (std::size_t i = 0; i < count; ++i) {
    each_maker(body, makers, i, [&](std::size_t maker) {
      users[maker].push_back(i);
      ++waiting[i];
    });
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  order.reserve(count);
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    order.push_back(next);
    for (const std::size_t user : users[next]) {
      if (--waiting[user] == 0) ready.push(user);
    }
  }
  if (order.size() == count) return order;
  const std::size_t culprit = node_on_cycle(body, makers, waiting);
  return place.within(label_of(body.graph.nodes[culprit], culprit))
      .broken("the graph has a cycle: a node needs its own result",
              "a network must run in one pass: export the model again");
}

}  // namespace

std::string label_of(const Node& node, std::size_t index) {
  return node.name.empty() ? fmt::format("node {} ({})", index, node.op)
                           : fmt::format("node '{}' ({})", node.name, node.op);
}

Result<Settled> settle(Body body, const Place& place) {
  drop_initialized_inputs(body.graph);
  FORECOST_TRY(const Makers makers, find_makers(body.graph, place));
  std::vector<Outer> outer = find_outer(body, makers);
  if (!in_order(body, makers)) {
    FORECOST_TRY(const std::vector<std::size_t> order, sorted_order(body, makers, place));
    std::vector<Node> nodes;
    nodes.reserve(order.size());
    for (const std::size_t i : order) nodes.push_back(std::move(body.graph.nodes[i]));
    body.graph.nodes = std::move(nodes);
  }
  return Settled{std::move(body.graph), std::move(outer)};
}

}  // namespace forecost::network
