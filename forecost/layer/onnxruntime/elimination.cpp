// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

bool is_noop_arithmetic(const Rewrite& graph, NodeId id) {
  const bool additive = graph.is(id, "Add") || graph.is(id, "Sub");
  if (!additive && !graph.is(id, "Mul") && !graph.is(id, "Div")) return false;
  const bool first = graph.is_constant(graph.input(id, 0));
  if (first == graph.is_constant(graph.input(id, 1))) return false;
  if (first && (graph.is(id, "Sub") || graph.is(id, "Div"))) return false;
  const std::string_view constant = graph.input(id, first ? 0 : 1);
  const auto value = graph.scalar(constant);
  if (!value || *value != (additive ? 0.0 : 1.0)) return false;
  const Shape* other = graph.shape(graph.input(id, first ? 1 : 0));
  return other != nullptr && graph.shape(constant)->size() <= other->size();
}

bool is_full_slice(const Rewrite& graph, NodeId id) {
  if (!graph.is(id, "Slice")) return false;
  const auto starts = graph.integers(graph.input(id, 1));
  const auto ends = graph.integers(graph.input(id, 2));
  const auto steps = graph.integers(graph.input(id, 4));
  if (!starts || !ends) return false;
  const auto is_zero = [](std::int64_t v) { return v == 0; };
  const auto is_endless = [](std::int64_t v) { return v == std::numeric_limits<std::int64_t>::max(); };
  const auto is_one = [](std::int64_t v) { return v == 1; };
  return std::ranges::all_of(*starts, is_zero) && std::ranges::all_of(*ends, is_endless) &&
         (graph.input(id, 4).empty() || (steps && std::ranges::all_of(*steps, is_one)));
}

bool keeps_type_and_shape(const Rewrite& graph, NodeId id) {
  const TensorFact* before = graph.fact(graph.input(id, 0));
  const TensorFact* after = graph.fact(graph.output(id));
  return before != nullptr && after != nullptr && before->element == after->element &&
         before->shape == after->shape;
}

/// The index of the input that the node passes on unchanged.
std::optional<std::size_t> passes_on(const Rewrite& graph, NodeId id) {
  if (graph.is(id, "Dropout")) {
    const std::string_view mask = graph.output(id, 1);
    if (!mask.empty() && (graph.is_graph_output(mask) || !graph.users(mask).empty())) return std::nullopt;
    return 0;
  }
  if ((graph.is(id, "Cast") || graph.is(id, "Expand")) && keeps_type_and_shape(graph, id)) {
    if (graph.is(id, "Expand") && !graph.is_constant(graph.input(id, 1))) return std::nullopt;
    return 0;
  }
  if (is_full_slice(graph, id)) return 0;
  if (is_noop_arithmetic(graph, id)) return graph.is_constant(graph.input(id, 0)) ? 1 : 0;
  return std::nullopt;
}

bool is_random(std::string_view op) {
  static constexpr std::array random_operators{"RandomUniform",    "RandomNormal", "RandomUniformLike",
                                               "RandomNormalLike", "Multinomial",  "Bernoulli"};
  return std::ranges::find(random_operators, op) != random_operators.end();
}

bool has_subgraph(const network::Node& node) {
  return std::ranges::any_of(node.attributes, [](const auto& entry) {
    return std::holds_alternative<std::shared_ptr<const network::Graph>>(entry.second);
  });
}

bool can_fold(const Rewrite& graph, NodeId id) {
  const network::Node& node = graph.node(id);
  if (is_random(node.op) || node.op == "DequantizeLinear" || has_subgraph(node)) return false;
  for (const auto& name : node.outputs) {
    if (!name.empty() && graph.fact(name) == nullptr) return false;
  }
  if (graph.is(id, "Shape") || graph.is(id, "Size")) return graph.static_inputs();
  return std::ranges::all_of(
      node.inputs, [&](const std::string& name) { return name.empty() || graph.is_constant(name); });
}

bool same_attributes(const network::Node& a, const network::Node& b) {
  if (a.attributes.size() != b.attributes.size()) return false;
  return std::ranges::equal(a.attributes, b.attributes, [](const auto& left, const auto& right) {
    if (left.first != right.first || left.second.index() != right.second.index()) return false;
    return std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::shared_ptr<const network::Graph>>) {
            return false;
          } else if constexpr (std::is_same_v<T, network::Tensor>) {
            const auto& other = std::get<T>(right.second);
            return value.values && value.values == other.values && value.element == other.element &&
                   value.dims == other.dims;
          } else {
            return value == std::get<T>(right.second);
          }
        },
        left.second);
  });
}

}  // namespace

bool eliminate_identity(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (graph.is(id, "Identity")) changed = graph.bypass(id) || changed;
  }
  return changed;
}

bool eliminate_noops(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    const auto index = passes_on(graph, id);
    if (!index || graph.is_graph_output(graph.output(id))) continue;
    changed = graph.bypass(id, *index) || changed;
  }
  return changed;
}

bool fold_constants(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!can_fold(graph, id)) continue;
    const std::vector<std::string> outputs = graph.node(id).outputs;
    graph.remove(id);
    for (const auto& name : outputs) {
      if (name.empty()) continue;
      TensorFact fact = *graph.fact(name);
      fact.constant = true;
      graph.set_fact(name, std::move(fact));
    }
    changed = true;
  }
  return changed;
}

bool share_constants(Rewrite& graph) {
  constexpr std::int64_t shared_elements = 8;
  using Key = std::tuple<ElementType, Shape, network::Values>;
  bool changed = false;
  std::map<Key, std::string> first;
  for (const NodeId id : graph.order()) {
    const std::vector<std::string> inputs = graph.node(id).inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!graph.is_constant(inputs[i])) continue;
      const TensorFact& fact = *graph.fact(inputs[i]);
      if (!fact.values || fact.elements() > shared_elements) continue;
      const auto [known, fresh] = first.emplace(Key{fact.element, fact.shape, *fact.values}, inputs[i]);
      if (fresh || known->second == inputs[i]) continue;
      graph.set_input(id, i, known->second);
      changed = true;
    }
  }
  return changed;
}

bool merge_common_subexpressions(Rewrite& graph) {
  bool changed = false;
  std::map<std::string, std::vector<NodeId>> seen;
  for (const NodeId id : graph.order()) {
    const network::Node& node = graph.node(id);
    if (is_random(node.op) || node.op == "Dropout" || has_subgraph(node) || node.outputs.size() != 1)
      continue;
    std::string key = node.domain + ":" + node.op;
    for (const auto& name : node.inputs) key += "," + name;
    auto& twins = seen[key];
    const auto twin = std::ranges::find_if(
        twins, [&](NodeId other) { return same_attributes(graph.node(other), graph.node(id)); });
    if (twin == twins.end() || graph.is_graph_output(node.outputs[0])) {
      twins.push_back(id);
      continue;
    }
    graph.replace_uses(node.outputs[0], graph.output(*twin));
    graph.remove(id);
    changed = true;
  }
  return changed;
}

bool fuse_reshapes(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Reshape")) continue;
    const auto next = graph.only_user(id);
    if (!next || !graph.is(*next, "Reshape") || graph.input(*next, 0) != graph.output(id)) continue;
    const Shape target = *graph.shape(graph.output(*next));
    const auto rank = static_cast<std::int64_t>(target.size());
    const std::string shape =
        graph.add_constant("reshape_fused", ElementType::int64, {rank}, network::Values(target));
    graph.set_input(*next, 1, shape);
    graph.set_input(*next, 0, std::string(graph.input(id, 0)));
    graph.remove(id);
    changed = true;
  }
  return changed;
}

bool fuse_small_patterns(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    const auto next = graph.alive(id) ? graph.only_user(id) : std::nullopt;
    if (!next) continue;
    if (graph.is(id, "Relu") && graph.is(*next, "Clip")) {
      const auto low = graph.opset() < 11 ? std::optional(graph.node(*next).real_or("min", -1.0))
                                          : graph.scalar(graph.input(*next, 1));
      if (!low || *low < 0) continue;
      changed = graph.bypass(id) || changed;
    } else if (graph.is(id, "Div") && graph.is(*next, "Mul") && graph.scalar(graph.input(id, 0)) == 1.0) {
      const std::size_t other = graph.input(*next, 0) == graph.output(id) ? 1 : 0;
      const std::string numerator(graph.input(*next, other));
      const std::string denominator(graph.input(id, 1));
      graph.remove(id);
      graph.rename_op(*next, "Div", "");
      graph.set_input(*next, 0, numerator);
      graph.set_input(*next, 1, denominator);
      changed = true;
    } else if (graph.is(id, "Not") && graph.is(*next, "Where") && graph.input(*next, 0) == graph.output(id)) {
      const std::string chosen(graph.input(*next, 1));
      const std::string other(graph.input(*next, 2));
      const std::string condition(graph.input(id, 0));
      graph.remove(id);
      graph.set_input(*next, 0, condition);
      graph.set_input(*next, 1, other);
      graph.set_input(*next, 2, chosen);
      changed = true;
    }
  }
  return changed;
}

bool inline_functions(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    const bool hard_swish = graph.is(id, "HardSwish");
    if (!hard_swish && !graph.is(id, "Mish")) continue;
    const std::string x(graph.input(id, 0));
    const std::string y(graph.output(id));
    const TensorFact like = *graph.fact(y);
    const std::string gate = graph.fresh(y + "_gate");
    graph.set_fact(gate, like);
    network::Node gating;
    gating.name = gate;
    gating.outputs = {gate};
    if (hard_swish) {
      gating.op = "HardSigmoid";
      gating.inputs = {x};
      gating.attributes = {{"alpha", 1.0 / 6.0}, {"beta", 0.5}};
    } else {
      const std::string soft = graph.fresh(y + "_softplus");
      graph.set_fact(soft, like);
      network::Node softplus;
      softplus.name = soft;
      softplus.op = "Softplus";
      softplus.inputs = {x};
      softplus.outputs = {soft};
      graph.add(std::move(softplus), id);
      gating.op = "Tanh";
      gating.inputs = {soft};
    }
    graph.add(std::move(gating), id);
    graph.rename_op(id, "Mul", "");
    graph.set_input(id, 1, gate);
    changed = true;
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
