// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

bool near(std::optional<double> value, double wanted) {
  return value && std::abs(*value - wanted) <= 1e-3 * std::abs(wanted) + 1e-6;
}

/// One operand is a constant near `wanted`: the index of the other.
std::optional<std::size_t> beside_constant(const Rewrite& graph, NodeId id, double wanted) {
  if (near(graph.scalar(graph.input(id, 1)), wanted)) return 0;
  if (near(graph.scalar(graph.input(id, 0)), wanted)) return 1;
  return std::nullopt;
}

std::optional<NodeId> user_that_is(const Rewrite& graph, NodeId id, std::string_view op) {
  const auto user = graph.only_user(id);
  return user && graph.is(*user, op) ? user : std::nullopt;
}

/// The operand of a two-input node that is not `tensor`.
std::string other_operand(const Rewrite& graph, NodeId id, std::string_view tensor) {
  return std::string(graph.input(id, graph.input(id, 0) == tensor ? 1 : 0));
}

/// Replaces the nodes by one that writes what the last of them wrote; the new node takes the last one's
/// place.
void replace(Rewrite& graph, const std::vector<NodeId>& nodes, network::Node by) {
  const NodeId last = nodes.back();
  by.outputs = {std::string(graph.output(last))};
  if (by.name.empty()) by.name = graph.node(last).name;
  for (const NodeId id : nodes) graph.remove(id);
  graph.add(std::move(by), last);
}

network::Node make(std::string_view op, std::string_view domain, std::vector<std::string> inputs) {
  network::Node node;
  node.op = op;
  node.domain = domain;
  node.inputs = std::move(inputs);
  return node;
}

/// 0.5 x (1 + erf(x / sqrt 2)): the nodes, with x as the division's first input. Two orders occur in exports:
/// (x * (1 + erf)) * 0.5 and (0.5 * x) * (1 + erf).
std::vector<NodeId> match_gelu(const Rewrite& graph, NodeId first) {
  const bool divides = graph.is(first, "Div") && near(graph.scalar(graph.input(first, 1)), std::sqrt(2.0));
  const bool multiplies = graph.is(first, "Mul") && beside_constant(graph, first, std::sqrt(0.5));
  if (!divides && !multiplies) return {};
  const std::string_view x = graph.input(first, divides ? 0 : *beside_constant(graph, first, std::sqrt(0.5)));
  const auto erf = user_that_is(graph, first, "Erf");
  const auto add = erf ? user_that_is(graph, *erf, "Add") : std::nullopt;
  const auto mul = add && beside_constant(graph, *add, 1.0) ? user_that_is(graph, *add, "Mul") : std::nullopt;
  if (!mul) return {};
  const std::string other = other_operand(graph, *mul, graph.output(*add));
  if (other == x) {
    const auto half = user_that_is(graph, *mul, "Mul");
    if (!half || !beside_constant(graph, *half, 0.5)) return {};
    return {first, *erf, *add, *mul, *half};
  }
  const auto half = graph.producer(other);
  if (!half || !graph.is(*half, "Mul") || !graph.only_user(*half)) return {};
  const auto index = beside_constant(graph, *half, 0.5);
  if (!index || graph.input(*half, *index) != x) return {};
  return {first, *erf, *add, *half, *mul};
}

bool fuse_gelu_into(Rewrite& graph, std::string_view domain) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.alive(id)) continue;
    const auto nodes = match_gelu(graph, id);
    if (nodes.empty()) continue;
    const std::size_t index = graph.scalar(graph.input(id, 0)) ? 1 : 0;
    replace(graph, nodes, make("Gelu", domain, {std::string(graph.input(id, index))}));
    changed = true;
  }
  return changed;
}

/// tanh form: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); starts at Tanh.
std::vector<NodeId> match_tanh_gelu(const Rewrite& graph, NodeId tanh, std::string& x) {
  const auto scale = graph.producer(graph.input(tanh, 0));
  if (!scale || !graph.is(*scale, "Mul") || !graph.only_user(*scale)) return {};
  const auto inner = beside_constant(graph, *scale, std::sqrt(2.0 / 3.14159265358979));
  const auto sum = inner ? graph.producer(graph.input(*scale, *inner)) : std::nullopt;
  if (!sum || !graph.is(*sum, "Add") || !graph.only_user(*sum)) return {};
  std::vector<NodeId> nodes;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const auto cubic = graph.producer(graph.input(*sum, i));
    if (!cubic || !graph.is(*cubic, "Mul")) continue;
    const auto power_index = beside_constant(graph, *cubic, 0.044715);
    const auto power = power_index ? graph.producer(graph.input(*cubic, *power_index)) : std::nullopt;
    if (!power || !graph.is(*power, "Pow") || !near(graph.scalar(graph.input(*power, 1)), 3.0)) continue;
    x = graph.input(*power, 0);
    if (graph.input(*sum, 1 - i) == x) nodes = {*power, *cubic, *sum, *scale, tanh};
  }
  const auto one = nodes.empty() ? std::nullopt : user_that_is(graph, tanh, "Add");
  if (!one || !beside_constant(graph, *one, 1.0)) return {};
  const auto product = user_that_is(graph, *one, "Mul");
  if (!product) return {};
  nodes.push_back(*one);
  const std::string other = other_operand(graph, *product, graph.output(*one));
  if (other == x) {
    const auto half = user_that_is(graph, *product, "Mul");
    if (!half || !beside_constant(graph, *half, 0.5)) return {};
    nodes.insert(nodes.end(), {*product, *half});
    return nodes;
  }
  const auto half = graph.producer(other);
  const bool halves =
      half && graph.is(*half, "Mul") && graph.only_user(*half) && beside_constant(graph, *half, 0.5);
  if (!halves || graph.input(*half, *beside_constant(graph, *half, 0.5)) != x) return {};
  nodes.insert(nodes.end(), {*half, *product});
  return nodes;
}

bool has_last_axis_shape(const Rewrite& graph, std::string_view parameter, std::string_view x) {
  const Shape* shape = graph.shape(parameter);
  const Shape* data = graph.shape(x);
  return graph.is_constant(parameter) && shape != nullptr && data != nullptr && !data->empty() &&
         shape->size() == 1 && (*shape)[0] == data->back();
}

}  // namespace

bool fuse_gelu_standard(Rewrite& graph) {
  return graph.opset() >= 20 && fuse_gelu_into(graph, "");
}

bool fuse_gelu(Rewrite& graph) {
  return fuse_gelu_into(graph, microsoft);
}

bool fuse_fast_gelu(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Tanh")) continue;
    std::string x;
    const auto nodes = match_tanh_gelu(graph, id, x);
    if (nodes.empty()) continue;
    std::vector<std::string> inputs{x};
    std::vector<NodeId> replaced = nodes;
    const auto bias = graph.producer(x);
    if (bias && graph.is(*bias, "Add") && !graph.is_graph_output(x)) {
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        const auto users = graph.users(x);
        const bool inside = std::ranges::all_of(
            users, [&](NodeId user) { return std::ranges::find(nodes, user) != nodes.end(); });
        if (!inside || !has_last_axis_shape(graph, graph.input(*bias, i), graph.input(*bias, 1 - i)))
          continue;
        inputs = {std::string(graph.input(*bias, 1 - i)), std::string(graph.input(*bias, i))};
        replaced.insert(replaced.begin(), *bias);
        break;
      }
    }
    replace(graph, replaced, make("FastGelu", microsoft, std::move(inputs)));
    changed = true;
  }
  return changed;
}

bool fuse_quick_gelu(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Sigmoid")) continue;
    const auto product = user_that_is(graph, id, "Mul");
    if (!product) continue;
    const std::string x = other_operand(graph, *product, graph.output(id));
    network::Node fused = make("QuickGelu", microsoft, {x});
    if (graph.input(id, 0) == x) {
      fused.attributes["alpha"] = 1.0;
      replace(graph, {id, *product}, std::move(fused));
      changed = true;
      continue;
    }
    const auto scale = graph.producer(graph.input(id, 0));
    if (!scale || !graph.is(*scale, "Mul") || !graph.only_user(*scale)) continue;
    const std::size_t constant = graph.scalar(graph.input(*scale, 1)) ? 1 : 0;
    const auto alpha = graph.scalar(graph.input(*scale, constant));
    if (!alpha || graph.input(*scale, 1 - constant) != x) continue;
    fused.attributes["alpha"] = *alpha;
    replace(graph, {*scale, id, *product}, std::move(fused));
    changed = true;
  }
  return changed;
}

bool fuse_bias_gelu(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Add")) continue;
    const auto gelu = graph.only_user(id);
    const bool exact =
        gelu && (graph.is(*gelu, "Gelu", microsoft) ||
                 (graph.is(*gelu, "Gelu") && graph.node(*gelu).string_or("approximate", "none") == "none"));
    const bool fast = gelu && graph.is(*gelu, "FastGelu", microsoft) && graph.input(*gelu, 1).empty();
    if (!exact && !fast) continue;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const std::string bias(graph.input(id, i));
      const std::string x(graph.input(id, 1 - i));
      if (!has_last_axis_shape(graph, bias, x)) continue;
      replace(graph, {id, *gelu}, make(fast ? "FastGelu" : "BiasGelu", microsoft, {x, bias}));
      changed = true;
      break;
    }
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
