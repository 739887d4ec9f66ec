// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

bool is_float(const Rewrite& graph, std::string_view tensor) {
  const TensorFact* fact = graph.fact(tensor);
  return fact != nullptr && fact->element == ElementType::float32;
}

bool has_constant_weights(const Rewrite& graph, NodeId conv) {
  return graph.is_constant(graph.input(conv, 1)) &&
         (graph.input(conv, 2).empty() || graph.is_constant(graph.input(conv, 2)));
}

/// Channels that the convolution writes.
std::int64_t out_channels(const Rewrite& graph, NodeId conv) {
  const Shape& weights = *graph.shape(graph.input(conv, 1));
  return graph.is(conv, "ConvTranspose") ? weights[1] * graph.node(conv).int_or("group", 1) : weights[0];
}

/// A constant that holds one value per channel: [C,1,1] or [1,C,1,1] for two spatial axes, or one value.
bool is_per_channel(const Rewrite& graph, NodeId conv, std::string_view constant) {
  const Shape& weights = *graph.shape(graph.input(conv, 1));
  Shape shape = *graph.shape(constant);
  if (shape.size() == weights.size() && shape[0] == 1) shape.erase(shape.begin());
  if (shape.size() + 1 != weights.size() || shape[0] != weights[0]) return false;
  return std::all_of(shape.begin() + 1, shape.end(), [](std::int64_t extent) { return extent == 1; });
}

/// Gives the convolution `changed` weights: new constants of the same shapes, and a bias if it had none.
void renew_weights(Rewrite& graph, NodeId conv) {
  const TensorFact weights = *graph.fact(graph.input(conv, 1));
  const std::string stem(graph.input(conv, 1));
  graph.set_input(conv, 1, graph.add_constant(stem + "_folded", weights.element, weights.shape));
  const std::string bias = graph.add_constant(stem + "_bias", weights.element, {out_channels(graph, conv)});
  graph.set_input(conv, 2, bias);
}

bool fold_user(Rewrite& graph, NodeId conv, NodeId user) {
  if (graph.is(user, "BatchNormalization")) {
    for (std::size_t i = 1; i < 5; ++i) {
      if (!graph.is_constant(graph.input(user, i))) return false;
    }
    if (graph.node(user).outputs.size() > 1 && !graph.output(user, 1).empty()) return false;
    return true;
  }
  if (!graph.is(conv, "Conv") || (!graph.is(user, "Mul") && !graph.is(user, "Add"))) return false;
  const std::size_t other = graph.input(user, 0) == graph.output(conv) ? 1 : 0;
  const std::string_view constant = graph.input(user, other);
  if (!graph.is_constant(constant)) return false;
  if (graph.is(user, "Mul") && graph.shape(constant)->empty()) return true;
  return is_per_channel(graph, conv, constant);
}

bool fold_pad(Rewrite& graph, NodeId conv) {
  const auto pad = graph.producer(graph.input(conv, 0));
  if (!pad || !graph.is(*pad, "Pad") || !graph.only_user(*pad)) return false;
  if (graph.node(*pad).string_or("mode", "constant") != "constant") return false;
  if (graph.node(conv).string_or("auto_pad", "NOTSET") != "NOTSET") return false;
  const auto amounts = graph.opset() < 11 ? std::optional(graph.node(*pad).ints_or("pads", {}))
                                          : graph.integers(graph.input(*pad, 1));
  const bool zero = graph.input(*pad, 2).empty() || graph.scalar(graph.input(*pad, 2)) == 0.0;
  if (!amounts || !zero || !graph.input(*pad, 3).empty() || graph.node(*pad).real_or("value", 0) != 0)
    return false;
  const std::size_t rank = amounts->size() / 2;
  if (rank < 3 || std::ranges::any_of(*amounts, [](std::int64_t v) { return v < 0; })) return false;
  for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
    if ((*amounts)[axis] != 0 || (*amounts)[axis + rank] != 0) return false;
  }
  const std::size_t spatial = rank - 2;
  std::vector<std::int64_t> pads =
      graph.node(conv).ints_or("pads", std::vector<std::int64_t>(2 * spatial, 0));
  for (std::size_t i = 0; i < spatial; ++i) {
    pads[i] += (*amounts)[i + 2];
    pads[i + spatial] += (*amounts)[i + 2 + rank];
  }
  graph.set_attribute(conv, "pads", std::move(pads));
  if (graph.is(conv, "AveragePool")) graph.set_attribute(conv, "count_include_pad", std::int64_t{1});
  return graph.bypass(*pad);
}

/// Parameters of an activation that a convolution can absorb; empty when it cannot.
std::optional<std::vector<double>> absorbable(const Rewrite& graph, NodeId id) {
  const network::Node& node = graph.node(id);
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "Relu" || node.op == "Sigmoid" || node.op == "Tanh") return std::vector<double>{};
  if (node.op == "LeakyRelu") return std::vector<double>{node.real_or("alpha", 0.01)};
  if (node.op == "HardSigmoid")
    return std::vector<double>{node.real_or("alpha", 0.2), node.real_or("beta", 0.5)};
  if (node.op != "Clip") return std::nullopt;
  constexpr double largest = 3.4028234663852886e38;
  if (graph.opset() < 11)
    return std::vector<double>{node.real_or("min", -largest), node.real_or("max", largest)};
  std::vector<double> limits{-largest, largest};
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    if (graph.input(id, i).empty()) continue;
    const auto value = graph.scalar(graph.input(id, i));
    if (!value) return std::nullopt;
    limits[i - 1] = *value;
  }
  return limits;
}

void absorb(Rewrite& graph, NodeId conv, NodeId activation, std::vector<double> parameters) {
  const std::string op = graph.node(activation).op;
  const std::string output(graph.output(activation));
  graph.remove(activation);
  graph.rename_op(conv, "FusedConv", microsoft);
  graph.set_attribute(conv, "activation", op);
  if (!parameters.empty()) graph.set_attribute(conv, "activation_params", std::move(parameters));
  graph.set_output(conv, 0, output);
}

bool is_plain_convolution(const Rewrite& graph, NodeId id) {
  return graph.is(id, "Conv") && is_float(graph, graph.input(id, 0));
}

}  // namespace

bool fold_into_convolution_weights(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    const bool pool = graph.is(id, "AveragePool");
    if (!pool && !graph.is(id, "Conv") && !graph.is(id, "ConvTranspose")) continue;
    if (!graph.is(id, "ConvTranspose")) changed = fold_pad(graph, id) || changed;
    if (pool || !has_constant_weights(graph, id)) continue;
    for (auto user = graph.only_user(id); user && fold_user(graph, id, *user); user = graph.only_user(id)) {
      const std::string output(graph.output(*user));
      graph.remove(*user);
      graph.set_output(id, 0, output);
      renew_weights(graph, id);
      changed = true;
    }
  }
  return changed;
}

bool fuse_convolution_activation(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!is_plain_convolution(graph, id)) continue;
    const auto user = graph.only_user(id);
    if (!user) continue;
    auto parameters = absorbable(graph, *user);
    if (!parameters) continue;
    absorb(graph, id, *user, *std::move(parameters));
    changed = true;
  }
  return changed;
}

bool fuse_convolution_add(Rewrite& graph) {
  bool changed = false;
  for (const NodeId add : graph.order()) {
    if (!graph.is(add, "Add")) continue;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const auto conv = graph.producer(graph.input(add, i));
      const std::string other(graph.input(add, 1 - i));
      if (!conv || !is_plain_convolution(graph, *conv) || !graph.only_user(*conv)) continue;
      if (graph.shape(other) == nullptr || *graph.shape(other) != *graph.shape(graph.output(add))) continue;
      if (graph.is_constant(other)) continue;
      const std::string output(graph.output(add));
      graph.remove(add);
      graph.rename_op(*conv, "FusedConv", microsoft);
      graph.set_output(*conv, 0, output);
      graph.set_input(*conv, 3, other);
      if (const auto user = graph.only_user(*conv)) {
        if (auto parameters = absorbable(graph, *user)) absorb(graph, *conv, *user, *std::move(parameters));
      }
      changed = true;
      break;
    }
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
