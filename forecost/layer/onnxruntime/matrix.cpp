// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

using Permutation = std::vector<std::int64_t>;

std::size_t count_users(const Rewrite& graph, std::string_view tensor, std::string_view op) {
  const auto users = graph.users(tensor);
  return static_cast<std::size_t>(std::ranges::count_if(users, [&](NodeId id) { return graph.is(id, op); }));
}

/// The projections that ONNX Runtime leaves alone so that its Attention fusion may see them: three MatMul +
/// Add behind one LayerNormalization, and the one whose sum meets that LayerNormalization again.
class AttentionProjections {
 public:
  bool contains(const Rewrite& graph, NodeId matmul, NodeId add) {
    const auto parent = graph.producer(graph.input(matmul, 0));
    if ((parent && norms_.contains(*parent)) || adds_.contains(add)) return true;
    if (!parent || !graph.is(*parent, "LayerNormalization")) return false;
    const std::string_view normal = graph.output(*parent);
    const auto users = graph.users(normal);
    if (count_users(graph, normal, "Add") != 1 || count_users(graph, normal, "MatMul") != 3) return false;
    if (users.size() != 4 + count_users(graph, normal, "Shape")) return false;
    const auto residual = *std::ranges::find_if(users, [&](NodeId id) { return graph.is(id, "Add"); });
    const auto projected = graph.producer(graph.input(residual, graph.input(residual, 0) == normal ? 1 : 0));
    if (!projected || !graph.is(*projected, "Add")) return false;
    norms_.insert(*parent);
    adds_.insert(*projected);
    return true;
  }

 private:
  std::set<NodeId> norms_;
  std::set<NodeId> adds_;
};

bool is_gemm_bias(const Shape& bias, const Shape& a, std::int64_t n) {
  if (bias.size() == 1) return bias[0] == n;
  if (bias.size() != 2 || a.size() != 2) return false;
  return (bias[0] == 1 && bias[1] == n) || (bias[0] == a[0] && (bias[1] == 1 || bias[1] == n));
}

std::string reshaped(Rewrite& graph, std::string_view x, Shape shape, NodeId beside) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  TensorFact fact = *graph.fact(x);
  fact.values.reset();
  fact.shape = shape;
  network::Node reshape;
  reshape.op = "Reshape";
  reshape.name = graph.fresh("gemm_input_reshape");
  std::string output = reshape.name + "_arg";
  reshape.inputs = {std::string(x), graph.add_constant("gemm_input_shape", ElementType::int64, {rank},
                                                       network::Values(std::move(shape)))};
  reshape.outputs = {output};
  graph.set_fact(output, std::move(fact));
  graph.add(std::move(reshape), beside);
  return output;
}

/// MatMul + Add -> Gemm, between reshapes where the left operand is not a matrix.
void replace_by_gemm(Rewrite& graph, NodeId matmul, NodeId add) {
  const std::string a(graph.input(matmul, 0));
  const std::string b(graph.input(matmul, 1));
  const std::string y(graph.output(add));
  const std::string bias(graph.input(add, graph.input(add, 0) == graph.output(matmul) ? 1 : 0));
  const Shape a_shape = *graph.shape(a);
  const Shape b_shape = *graph.shape(b);
  graph.remove(add);
  graph.rename_op(matmul, "Gemm", "");
  graph.set_input(matmul, 2, bias);
  if (a_shape.size() == 2) {
    graph.set_output(matmul, 0, y);
    return;
  }
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < a_shape.size(); ++i) rows *= a_shape[i];
  graph.set_input(matmul, 0, reshaped(graph, a, {rows, b_shape[0]}, matmul));
  Shape y_shape = a_shape;
  y_shape.back() = b_shape[1];
  const auto rank = static_cast<std::int64_t>(y_shape.size());
  const std::string product = graph.fresh("gemm_output_reshape_arg");
  TensorFact fact = *graph.fact(y);
  fact.shape = {rows, b_shape[1]};
  graph.set_fact(product, std::move(fact));
  graph.set_output(matmul, 0, product);
  network::Node restore;
  restore.op = "Reshape";
  restore.name = graph.fresh("gemm_output_reshape");
  restore.inputs = {product, graph.add_constant("gemm_output_shape", ElementType::int64, {rank},
                                                network::Values(std::move(y_shape)))};
  restore.outputs = {y};
  graph.add(std::move(restore), matmul);
}

bool fuse_matmul_adds(Rewrite& graph, AttentionProjections* kept) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "MatMul")) continue;
    const auto add = graph.only_user(id);
    if (!add || !graph.is(*add, "Add")) continue;
    const TensorFact* a = graph.fact(graph.input(id, 0));
    const Shape* b = graph.shape(graph.input(id, 1));
    const Shape* bias = graph.shape(graph.input(*add, graph.input(*add, 0) == graph.output(id) ? 1 : 0));
    if (a == nullptr || b == nullptr || bias == nullptr || b->size() != 2 || a->shape.empty()) continue;
    if (a->element != ElementType::float32 && a->element != ElementType::float16) continue;
    const bool matrix = a->shape.size() == 2;
    if (!matrix && !graph.static_inputs()) continue;
    if (!matrix && kept != nullptr && kept->contains(graph, id, *add)) continue;
    if (!is_gemm_bias(*bias, a->shape, (*b)[1])) continue;
    replace_by_gemm(graph, id, *add);
    changed = true;
  }
  return changed;
}

bool is_matmul(const Rewrite& graph, NodeId id) {
  return graph.is(id, "MatMul") || graph.is(id, "FusedMatMul", microsoft);
}

bool is_float(const Rewrite& graph, std::string_view tensor) {
  const TensorFact* fact = graph.fact(tensor);
  return fact != nullptr && fact->element == ElementType::float32;
}

/// Only the last two axes change places.
bool swaps_last_two(const Permutation& permutation) {
  const std::size_t rank = permutation.size();
  if (rank < 2) return false;
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    if (permutation[i] != static_cast<std::int64_t>(i)) return false;
  }
  return permutation[rank - 2] == static_cast<std::int64_t>(rank) - 1;
}

void make_fused_matmul(Rewrite& graph, NodeId id) {
  graph.rename_op(id, "FusedMatMul", microsoft);
  if (graph.node(id).attribute<double>("alpha") == nullptr) graph.set_attribute(id, "alpha", 1.0);
  for (const auto* key : {"transA", "transB"}) {
    if (graph.node(id).attribute<std::int64_t>(key) == nullptr) graph.set_attribute(id, key, std::int64_t{0});
  }
}

/// Multiplies by one constant: the factor, and the index of the other input.
std::optional<std::pair<double, std::size_t>> scaling(const Rewrite& graph, NodeId id) {
  if (graph.is(id, "Div")) {
    const auto divisor = graph.scalar(graph.input(id, 1));
    if (divisor && *divisor != 0) return std::pair(1.0 / *divisor, std::size_t{0});
  } else if (graph.is(id, "Mul")) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      if (const auto factor = graph.scalar(graph.input(id, i))) return std::pair(*factor, 1 - i);
    }
  }
  return std::nullopt;
}

bool keeps_shape(const Rewrite& graph, NodeId scale, std::size_t index) {
  const Shape* before = graph.shape(graph.input(scale, index));
  const Shape* after = graph.shape(graph.output(scale));
  return before != nullptr && after != nullptr && *before == *after;
}

bool absorb_scale_before(Rewrite& graph, NodeId matmul, std::size_t operand) {
  const auto scale = graph.producer(graph.input(matmul, operand));
  if (!scale || !graph.only_user(*scale)) return false;
  const auto factor = scaling(graph, *scale);
  if (!factor || !keeps_shape(graph, *scale, factor->second)) return false;
  graph.bypass(*scale, factor->second);
  make_fused_matmul(graph, matmul);
  graph.set_attribute(matmul, "alpha", graph.node(matmul).real_or("alpha", 1.0) * factor->first);
  return true;
}

bool absorb_scale_after(Rewrite& graph, NodeId matmul) {
  const auto scale = graph.only_user(matmul);
  if (!scale) return false;
  const auto factor = scaling(graph, *scale);
  if (!factor || !keeps_shape(graph, *scale, factor->second)) return false;
  const std::string output(graph.output(*scale));
  graph.remove(*scale);
  graph.set_output(matmul, 0, output);
  make_fused_matmul(graph, matmul);
  graph.set_attribute(matmul, "alpha", graph.node(matmul).real_or("alpha", 1.0) * factor->first);
  return true;
}

}  // namespace

bool fuse_matmul_add_keeping_attention(Rewrite& graph) {
  AttentionProjections kept;
  return fuse_matmul_adds(graph, &kept);
}

bool fuse_matmul_add(Rewrite& graph) {
  return fuse_matmul_adds(graph, nullptr);
}

bool fuse_gemm_transpose(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Gemm")) continue;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const auto transpose = graph.producer(graph.input(id, i));
      if (!transpose || !graph.is(*transpose, "Transpose")) continue;
      const std::string from(graph.input(*transpose, 0));
      const bool last_use = graph.only_user(*transpose).has_value();
      const auto* key = i == 0 ? "transA" : "transB";
      graph.set_attribute(id, key, std::int64_t{1} - graph.node(id).int_or(key, 0));
      graph.set_input(id, i, from);
      if (last_use) graph.remove(*transpose);
      changed = true;
    }
  }
  return changed;
}

bool fuse_gemm_activation(Rewrite& graph) {
  static constexpr std::array fusable{"Elu",     "HardSigmoid", "LeakyRelu", "Relu", "Selu",
                                      "Sigmoid", "Softplus",    "Softsign",  "Tanh", "ThresholdedRelu"};
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Gemm") || !is_float(graph, graph.input(id, 0))) continue;
    const auto user = graph.only_user(id);
    if (!user || !graph.node(*user).domain.empty()) continue;
    const std::string op = graph.node(*user).op;
    if (std::ranges::find(fusable, op) == fusable.end()) continue;
    const std::string output(graph.output(*user));
    for (const auto* key : {"alpha", "beta", "gamma"}) {
      if (const auto* value = graph.node(*user).attribute<double>(key)) {
        graph.set_attribute(id, std::string("activation_") + key, *value);
      }
    }
    graph.remove(*user);
    graph.rename_op(id, "FusedGemm", microsoft);
    graph.set_attribute(id, "activation", op);
    graph.set_output(id, 0, output);
    changed = true;
  }
  return changed;
}

bool fuse_matmul_transpose(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!is_matmul(graph, id) || !is_float(graph, graph.input(id, 0))) continue;
    for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const auto transpose = graph.producer(graph.input(id, i));
      if (!transpose || !graph.is(*transpose, "Transpose")) continue;
      const Shape* shape = graph.shape(graph.input(*transpose, 0));
      if (shape == nullptr || !swaps_last_two(graph.node(*transpose).ints_or("perm", {}))) continue;
      const std::string from(graph.input(*transpose, 0));
      const bool last_use = graph.only_user(*transpose).has_value();
      make_fused_matmul(graph, id);
      const auto* key = i == 0 ? "transA" : "transB";
      graph.set_attribute(id, key, std::int64_t{1} - graph.node(id).int_or(key, 0));
      graph.set_input(id, i, from);
      if (last_use) graph.remove(*transpose);
      changed = true;
    }
  }
  return changed;
}

bool fuse_matmul_scale(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!is_matmul(graph, id) || !is_float(graph, graph.input(id, 0))) continue;
    changed = absorb_scale_before(graph, id, 0) || changed;
    changed = absorb_scale_before(graph, id, 1) || changed;
    changed = absorb_scale_after(graph, id) || changed;
  }
  return changed;
}

}  // namespace forecost::layer::onnxruntime_rules
