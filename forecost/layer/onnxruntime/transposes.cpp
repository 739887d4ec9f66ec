// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

using Permutation = std::vector<std::int64_t>;

Permutation permutation_of(const Rewrite& graph, NodeId id) {
  Permutation permutation = graph.node(id).ints_or("perm", {});
  if (permutation.empty()) {
    const Shape* shape = graph.shape(graph.input(id, 0));
    permutation.resize(shape == nullptr ? 0 : shape->size());
    std::iota(permutation.rbegin(), permutation.rend(), 0);
  }
  return permutation;
}

bool is_identity(const Permutation& permutation) {
  return std::ranges::is_sorted(permutation);
}

/// Transpose behind Transpose becomes one, or none.
bool merge_pairs(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Transpose")) continue;
    const auto first = graph.producer(graph.input(id, 0));
    if (!first || !graph.is(*first, "Transpose")) continue;
    const Permutation before = permutation_of(graph, *first);
    Permutation merged = permutation_of(graph, id);
    if (before.size() != merged.size()) continue;
    for (auto& axis : merged) axis = before[static_cast<std::size_t>(axis)];
    const bool last_use = graph.only_user(*first).has_value();
    graph.set_input(id, 0, std::string(graph.input(*first, 0)));
    graph.set_attribute(id, "perm", merged);
    if (last_use) graph.remove(*first);
    if (is_identity(merged) && !graph.is_graph_output(graph.output(id))) graph.bypass(id);
    changed = true;
  }
  return changed;
}

bool is_scalar_gather(const Rewrite& graph, NodeId id) {
  const Shape* indices = graph.shape(graph.input(id, 1));
  return graph.is(id, "Gather") && graph.is_constant(graph.input(id, 1)) && indices != nullptr &&
         indices->empty();
}

/// A Transpose read by scalar Gathers alone, one of which feeds another Transpose, moves behind them: there
/// it can merge. This is what exported attention does with its packed query, key and value.
bool push_behind_gathers(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Transpose") || graph.is_graph_output(graph.output(id))) continue;
    const auto users = graph.users(graph.output(id));
    const bool gathers = !users.empty() && std::ranges::all_of(users, [&](NodeId user) {
      return is_scalar_gather(graph, user) && graph.input(user, 0) == graph.output(id);
    });
    const bool meets =
        gathers && std::ranges::any_of(users, [&](NodeId user) {
          const auto readers = graph.users(graph.output(user));
          return std::ranges::any_of(readers, [&](NodeId reader) { return graph.is(reader, "Transpose"); });
        });
    if (!meets) continue;
    const Permutation permutation = permutation_of(graph, id);
    const std::string x(graph.input(id, 0));
    const Shape shape = *graph.shape(x);
    for (const NodeId gather : users) {
      auto axis = graph.node(gather).int_or("axis", 0);
      if (axis < 0) axis += static_cast<std::int64_t>(permutation.size());
      const std::int64_t source = permutation[static_cast<std::size_t>(axis)];
      Permutation rest;
      for (const auto from : permutation) {
        if (from != source) rest.push_back(from > source ? from - 1 : from);
      }
      const std::string output(graph.output(gather));
      const std::string picked = graph.fresh(output + "_picked");
      TensorFact fact = *graph.fact(output);
      fact.shape = shape;
      fact.shape.erase(fact.shape.begin() + source);
      graph.set_fact(picked, std::move(fact));
      graph.set_input(gather, 0, x);
      graph.set_attribute(gather, "axis", source);
      graph.set_output(gather, 0, picked);
      network::Node transpose;
      transpose.name = graph.node(gather).name + "_transpose";
      transpose.op = "Transpose";
      transpose.inputs = {picked};
      transpose.outputs = {output};
      transpose.attributes["perm"] = rest;
      graph.add(std::move(transpose), gather);
    }
    graph.remove(id);
    changed = true;
  }
  return changed;
}

/// Elementwise operators: a Transpose of every input is a Transpose of the output.
bool is_elementwise(const Rewrite& graph, NodeId id) {
  static constexpr std::array elementwise{
      "Add",      "Sub",         "Mul", "Div", "Min",  "Max",      "Relu", "Clip",      "Sigmoid",
      "Tanh",     "HardSigmoid", "Erf", "Exp", "Log",  "Sqrt",     "Neg",  "LeakyRelu", "HardSwish",
      "Softplus", "Abs",         "Pow", "Elu", "Cast", "Identity", "Gelu", "Where",     "Equal"};
  const network::Node& node = graph.node(id);
  return node.domain.empty() && node.outputs.size() == 1 &&
         std::ranges::find(elementwise, node.op) != elementwise.end();
}

/// Tensors from which elementwise operators alone lead to a Transpose, where a moved one may cancel.
std::set<std::string, std::less<>> leading_to_transpose(const Rewrite& graph) {
  std::set<std::string, std::less<>> leading;
  const auto order = graph.order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    const bool leads =
        graph.is(*id, "Transpose") || (is_elementwise(graph, *id) && leading.contains(graph.output(*id)));
    if (leads) leading.insert(graph.node(*id).inputs.begin(), graph.node(*id).inputs.end());
  }
  return leading;
}

/// What undoing `permutation` on an input costs, in axes: nothing for a constant, a gain where it cancels.
int undoing_cost(const Rewrite& graph, std::string_view tensor, const Permutation& permutation) {
  if (tensor.empty() || graph.is_constant(tensor)) return 0;
  const int rank = static_cast<int>(permutation.size());
  const auto maker = graph.producer(tensor);
  if (!maker || !graph.is(*maker, "Transpose")) return rank;
  return permutation_of(graph, *maker) == permutation && graph.only_user(*maker) ? -rank : 0;
}

Permutation inverse(const Permutation& permutation) {
  Permutation result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    result[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  }
  return result;
}

Shape permuted(Shape shape, const Permutation& permutation) {
  shape.insert(shape.begin(), permutation.size() - shape.size(), 1);
  Shape result;
  for (const auto axis : permutation) result.push_back(shape[static_cast<std::size_t>(axis)]);
  return result;
}

std::string transposed(Rewrite& graph, std::string_view tensor, const Permutation& permutation,
                       NodeId beside) {
  TensorFact fact = *graph.fact(tensor);
  fact.shape = permuted(fact.shape, permutation);
  if (graph.is_constant(tensor)) {
    if (fact.shape.size() == permutation.size() && fact.elements() == 1) return std::string(tensor);
    return graph.add_constant(std::string(tensor) + "_transposed", fact.element, fact.shape);
  }
  network::Node node;
  node.name = graph.fresh(std::string(tensor) + "_transposed");
  node.op = "Transpose";
  node.inputs = {std::string(tensor)};
  node.outputs = {node.name};
  node.attributes["perm"] = permutation;
  graph.set_fact(node.name, std::move(fact));
  std::string name = node.name;
  graph.add(std::move(node), beside);
  return name;
}

/// f(Transpose(x)) becomes Transpose(f(x)) where that leaves fewer transposes, as ONNX Runtime's cost rule
/// counts.
bool push_behind_elementwise(Rewrite& graph) {
  bool changed = false;
  const auto leading = leading_to_transpose(graph);
  for (const NodeId id : graph.order()) {
    if (!is_elementwise(graph, id)) continue;
    const auto inputs = graph.node(id).inputs;
    const auto first = std::ranges::find_if(inputs, [&](const std::string& name) {
      const auto maker = graph.producer(name);
      return maker && graph.is(*maker, "Transpose");
    });
    if (first == inputs.end()) continue;
    const Permutation permutation = permutation_of(graph, *graph.producer(*first));
    const std::string output(graph.output(id));
    if (graph.shape(output)->size() != permutation.size()) continue;
    int cost = 0;
    bool same_rank = true;
    for (const auto& name : inputs) {
      cost += undoing_cost(graph, name, permutation);
      same_rank = same_rank && (name.empty() || graph.is_constant(name) ||
                                graph.shape(name)->size() == permutation.size());
    }
    if (cost >= 0 || !same_rank) continue;
    if (!leading.contains(output)) cost += static_cast<int>(permutation.size());
    if (cost >= 0) continue;
    const Permutation undo = inverse(permutation);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto maker = graph.producer(inputs[i]);
      if (inputs[i].empty() || graph.shape(inputs[i])->empty()) continue;
      if (maker && graph.is(*maker, "Transpose") && permutation_of(graph, *maker) == permutation) {
        const bool last_use = graph.only_user(*maker).has_value();
        graph.set_input(id, i, std::string(graph.input(*maker, 0)));
        if (last_use) graph.remove(*maker);
      } else {
        graph.set_input(id, i, transposed(graph, inputs[i], undo, id));
      }
    }
    const std::string moved = graph.fresh(output + "_before_transpose");
    TensorFact fact = *graph.fact(output);
    fact.shape = permuted(fact.shape, undo);
    graph.set_fact(moved, std::move(fact));
    graph.set_output(id, 0, moved);
    network::Node transpose;
    transpose.name = moved + "_transpose";
    transpose.op = "Transpose";
    transpose.inputs = {moved};
    transpose.outputs = {output};
    transpose.attributes["perm"] = permutation;
    graph.add(std::move(transpose), id);
    changed = true;
  }
  return changed;
}

}  // namespace

bool move_transposes(Rewrite& graph) {
  const bool merged = merge_pairs(graph);
  const bool pushed = push_behind_elementwise(graph);
  return push_behind_gathers(graph) || pushed || merged;
}

bool fuse_gathers_to_split(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!is_scalar_gather(graph, id)) continue;
    const std::string x(graph.input(id, 0));
    const Shape* shape = graph.shape(x);
    auto axis = graph.node(id).int_or("axis", 0);
    const auto users = graph.users(x);
    if (shape == nullptr || graph.is_graph_output(x)) continue;
    const auto rank = static_cast<std::int64_t>(shape->size());
    if (axis < 0) axis += rank;
    const std::int64_t parts = (*shape)[static_cast<std::size_t>(axis)];
    std::map<std::int64_t, NodeId> picks;
    for (const NodeId user : users) {
      if (!is_scalar_gather(graph, user)) continue;
      auto other = graph.node(user).int_or("axis", 0);
      if (other < 0) other += rank;
      const auto index = graph.integers(graph.input(user, 1));
      if (other != axis || !index || index->size() != 1) continue;
      picks.emplace(index->front() < 0 ? index->front() + parts : index->front(), user);
    }
    if (parts < 2 || static_cast<std::int64_t>(picks.size()) != parts ||
        static_cast<std::int64_t>(users.size()) != parts) {
      continue;
    }
    network::Node split;
    split.op = "Split";
    split.name = graph.fresh("split");
    split.inputs = {x, graph.add_constant("split_sizes", ElementType::int64, {parts},
                                          network::Values(std::vector<std::int64_t>(picks.size(), 1)))};
    split.attributes["axis"] = axis;
    const std::string axes = graph.add_constant("squeeze_axes", ElementType::int64, {1},
                                                network::Values(std::vector<std::int64_t>{axis}));
    for (const auto& [index, gather] : picks) {
      const std::string part = graph.fresh("split_output");
      TensorFact fact = *graph.fact(x);
      fact.values.reset();
      fact.shape[static_cast<std::size_t>(axis)] = 1;
      graph.set_fact(part, std::move(fact));
      split.outputs.push_back(part);
      graph.rename_op(gather, "Squeeze", "");
      graph.erase_attribute(gather, "axis");
      graph.set_input(gather, 0, part);
      graph.set_input(gather, 1, axes);
    }
    if (graph.opset() < 13) {
      split.inputs.resize(1);
      split.attributes["split"] = std::vector<std::int64_t>(picks.size(), 1);
      for (const auto& entry : picks) {
        graph.drop_inputs(entry.second, 1);
        graph.set_attribute(entry.second, "axes", std::vector<std::int64_t>{axis});
      }
    }
    graph.add(std::move(split), id);
    changed = true;
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
