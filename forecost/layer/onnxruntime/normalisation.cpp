// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

std::optional<NodeId> maker(const Rewrite& graph, std::string_view tensor, std::string_view op) {
  const auto id = graph.producer(tensor);
  return id && graph.is(*id, op) ? id : std::nullopt;
}

/// The scale or shift of a normalisation: a constant vector as long as the last axis.
bool is_parameter(const Rewrite& graph, std::string_view tensor, const Shape& x) {
  const Shape* shape = graph.shape(tensor);
  return graph.is_constant(tensor) && shape != nullptr && shape->size() == 1 && !x.empty() &&
         shape->front() == x.back();
}

bool reduces_last_axis(const Rewrite& graph, NodeId mean) {
  const Shape* x = graph.shape(graph.input(mean, 0));
  if (x == nullptr) return false;
  auto axes = graph.node(mean).ints_or("axes", {});
  if (axes.empty()) axes = graph.integers(graph.input(mean, 1)).value_or(std::vector<std::int64_t>{});
  const auto rank = static_cast<std::int64_t>(x->size());
  return axes.size() == 1 && (axes[0] == -1 || axes[0] == rank - 1) &&
         graph.node(mean).int_or("keepdims", 1) == 1;
}

/// An input of `id` made by an operator of that name: its producer, and the index of the other input.
std::optional<std::pair<NodeId, std::size_t>> operand(const Rewrite& graph, NodeId id, std::string_view op) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    if (const auto found = maker(graph, graph.input(id, i), op)) return std::pair(*found, 1 - i);
  }
  return std::nullopt;
}

struct Decomposed {
  std::vector<NodeId> nodes;
  std::string x, scale, shift;
};

/// (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + shift, from its last node backwards.
std::optional<Decomposed> match_layer_norm(const Rewrite& graph, NodeId last) {
  const auto scaled = operand(graph, last, "Mul");
  if (!scaled) return std::nullopt;
  Decomposed found;
  found.shift = graph.input(last, scaled->second);
  const auto quotient = operand(graph, scaled->first, "Div");
  if (!quotient) return std::nullopt;
  found.scale = graph.input(scaled->first, quotient->second);
  const NodeId div = quotient->first;
  auto centred = maker(graph, graph.input(div, 0), "Sub");
  const auto root = maker(graph, graph.input(div, 1), "Sqrt");
  const auto sum = root ? maker(graph, graph.input(*root, 0), "Add") : std::nullopt;
  const auto variance = sum ? operand(graph, *sum, "ReduceMean") : std::nullopt;
  if (!centred || !variance || !graph.scalar(graph.input(*sum, variance->second))) return std::nullopt;
  const auto square = graph.producer(graph.input(variance->first, 0));
  if (!square || !(graph.is(*square, "Pow") || graph.is(*square, "Mul"))) return std::nullopt;
  const auto base = maker(graph, graph.input(*square, 0), "Sub");
  const auto mean = maker(graph, graph.input(*centred, 1), "ReduceMean");
  if (!base || !mean || graph.input(*base, 0) != graph.input(*centred, 0)) return std::nullopt;
  found.x = graph.input(*centred, 0);
  if (graph.input(*mean, 0) != found.x) return std::nullopt;
  if (!reduces_last_axis(graph, *mean) || !reduces_last_axis(graph, variance->first)) return std::nullopt;
  const Shape* shape = graph.shape(found.x);
  if (shape == nullptr || !is_parameter(graph, found.scale, *shape) ||
      !is_parameter(graph, found.shift, *shape)) {
    return std::nullopt;
  }
  found.nodes = {*mean, *centred, *square, variance->first, *sum, *root, div, scaled->first, last};
  if (*base != *centred) found.nodes.insert(found.nodes.begin(), *base);
  return found;
}

/// x / sqrt(mean(x^2) + epsilon) * scale, from its last node backwards.
std::optional<Decomposed> match_rms_norm(const Rewrite& graph, NodeId last) {
  const auto quotient = operand(graph, last, "Div");
  if (!quotient) return std::nullopt;
  const NodeId div = quotient->first;
  const auto root = maker(graph, graph.input(div, 1), "Sqrt");
  const auto sum = root ? maker(graph, graph.input(*root, 0), "Add") : std::nullopt;
  const auto mean = sum ? operand(graph, *sum, "ReduceMean") : std::nullopt;
  const auto square = mean ? maker(graph, graph.input(mean->first, 0), "Pow") : std::nullopt;
  if (!square || !graph.scalar(graph.input(*sum, mean->second)) || !reduces_last_axis(graph, mean->first)) {
    return std::nullopt;
  }
  Decomposed found;
  found.x = graph.input(div, 0);
  found.scale = graph.input(last, quotient->second);
  const Shape* shape = graph.shape(found.x);
  if (graph.input(*square, 0) != found.x || shape == nullptr || !is_parameter(graph, found.scale, *shape)) {
    return std::nullopt;
  }
  found.nodes = {*square, mean->first, *sum, *root, div, last};
  return found;
}

/// No node but those matched reads an intermediate result.
bool is_closed(const Rewrite& graph, const std::vector<NodeId>& nodes) {
  return std::all_of(nodes.begin(), nodes.end() - 1, [&](NodeId id) {
    const auto users = graph.users(graph.output(id));
    return !graph.is_graph_output(graph.output(id)) && std::ranges::all_of(users, [&](NodeId user) {
      return std::ranges::find(nodes, user) != nodes.end();
    });
  });
}

void replace(Rewrite& graph, const Decomposed& found, std::string_view op) {
  network::Node norm;
  norm.op = op;
  norm.name = graph.node(found.nodes.back()).name;
  norm.inputs = {found.x, found.scale};
  if (!found.shift.empty()) norm.inputs.push_back(found.shift);
  norm.outputs = {std::string(graph.output(found.nodes.back()))};
  norm.attributes["axis"] = std::int64_t{-1};
  for (const NodeId id : found.nodes) graph.remove(id);
  graph.add(std::move(norm), found.nodes.back());
}

/// Shapes that SkipLayerNormalization adds: both (batch, sequence, hidden), or a skip without the batch.
bool can_skip(const Shape& x, const Shape& skip) {
  if (x.size() != 3) return false;
  if (skip == x) return true;
  const bool same = skip.size() >= 2 && skip[skip.size() - 1] == x[2] && skip[skip.size() - 2] == x[1];
  return same && (skip.size() == 2 || (skip.size() == 3 && skip[0] == 1));
}

}  // namespace

bool fuse_layer_norm(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Add")) continue;
    const auto found = match_layer_norm(graph, id);
    if (!found || !is_closed(graph, found->nodes)) continue;
    replace(graph, *found, "LayerNormalization");
    changed = true;
  }
  return changed;
}

bool fuse_simplified_layer_norm(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Mul")) continue;
    const auto found = match_rms_norm(graph, id);
    if (!found || !is_closed(graph, found->nodes)) continue;
    replace(graph, *found, "SimplifiedLayerNormalization");
    changed = true;
  }
  return changed;
}

bool fuse_skip_layer_norm(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "LayerNormalization") || graph.input(id, 2).empty()) continue;
    const auto add = maker(graph, graph.input(id, 0), "Add");
    if (!add || !graph.only_user(*add)) continue;
    std::string x(graph.input(*add, 0));
    std::string skip(graph.input(*add, 1));
    if (graph.shape(x) == nullptr || graph.shape(skip) == nullptr) continue;
    const Shape sum = *graph.shape(graph.output(*add));
    if (!can_skip(*graph.shape(x), *graph.shape(skip))) {
      if (!can_skip(*graph.shape(skip), *graph.shape(x))) continue;
      std::swap(x, skip);
    }
    const auto axis = graph.node(id).int_or("axis", -1);
    if ((axis != -1 && axis != 2) || !is_parameter(graph, graph.input(id, 1), sum)) continue;
    std::string bias;
    for (std::string* side : {&x, &skip}) {
      const auto inner = maker(graph, *side, "Add");
      if (!inner || !graph.only_user(*inner) || !bias.empty()) continue;
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
        if (!is_parameter(graph, graph.input(*inner, i), sum)) continue;
        bias = graph.input(*inner, i);
        *side = graph.input(*inner, 1 - i);
        graph.remove(*inner);
        break;
      }
    }
    network::Node fused;
    fused.op = "SkipLayerNormalization";
    fused.domain = microsoft;
    fused.name = graph.node(id).name;
    fused.inputs = {x, skip, std::string(graph.input(id, 1)), std::string(graph.input(id, 2))};
    if (!bias.empty()) fused.inputs.push_back(bias);
    fused.outputs = {std::string(graph.output(id))};
    graph.remove(*add);
    graph.remove(id);
    graph.add(std::move(fused), id);
    changed = true;
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
