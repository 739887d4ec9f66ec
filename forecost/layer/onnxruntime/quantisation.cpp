// SPDX-License-Identifier: Apache-2.0
// After QDQSelectorActionTransformer of ONNX Runtime: an operator between DequantizeLinear and QuantizeLinear
// works on the integers themselves.
#include <algorithm>
#include <array>
#include <limits>

#include "forecost/layer/onnxruntime/passes.h"

namespace forecost::layer::onnxruntime_rules {
namespace {

/// Tensor of integers, its scale and its zero point.
struct Quantised {
  std::string tensor, scale, zero;
};

ElementType type_of(const Rewrite& graph, std::string_view tensor) {
  const TensorFact* fact = graph.fact(tensor);
  return fact == nullptr ? ElementType::undefined : fact->element;
}

bool is_byte(ElementType type) {
  return type == ElementType::int8 || type == ElementType::uint8;
}

/// What a real tensor was made from. Bytes only, or int32 for a bias.
std::optional<Quantised> quantised(const Rewrite& graph, std::string_view real) {
  const auto maker = graph.producer(real);
  if (!maker || !graph.is(*maker, "DequantizeLinear") || graph.is_graph_output(real)) return {};
  const ElementType type = type_of(graph, graph.input(*maker, 0));
  if (!is_byte(type) && type != ElementType::int32) return {};
  if (!graph.is_constant(graph.input(*maker, 1))) return {};
  // Signed images become unsigned where one operator alone reads them; the kernels want no others.
  const bool image = !graph.is_constant(graph.input(*maker, 0));
  if (image && type == ElementType::int8 && graph.users(real).size() > 1) return {};
  return Quantised{std::string(graph.input(*maker, 0)), std::string(graph.input(*maker, 1)),
                   std::string(graph.input(*maker, 2))};
}

/// The QuantizeLinear that alone reads a node's result.
std::optional<NodeId> quantiser(const Rewrite& graph, NodeId id) {
  const auto user = graph.only_user(id);
  if (!user || !graph.is(*user, "QuantizeLinear") || graph.input(*user, 0) != graph.output(id)) return {};
  if (!is_byte(type_of(graph, graph.output(*user)))) return {};
  return user;
}

bool same_grid(const Rewrite& graph, const Quantised& x, NodeId quantise) {
  const auto equal = [&](const std::string& a, std::string_view b) {
    return a == b || (graph.scalar(a) && graph.scalar(a) == graph.scalar(b));
  };
  return equal(x.scale, graph.input(quantise, 1)) && equal(x.zero, graph.input(quantise, 2)) &&
         type_of(graph, x.tensor) == type_of(graph, graph.output(quantise));
}

/// How an operator names its inputs on integers.
struct Form {
  std::string_view op;
  std::string_view integer;
  std::string_view domain;
  enum class Kind { convolution, product, gemm, binary, unary, join, view } kind;
};

constexpr std::array<Form, 16> forms{
    {{"Conv", "QLinearConv", "", Form::Kind::convolution},
     {"MatMul", "QLinearMatMul", "", Form::Kind::product},
     {"Gemm", "QGemm", microsoft, Form::Kind::gemm},
     {"Add", "QLinearAdd", microsoft, Form::Kind::binary},
     {"Mul", "QLinearMul", microsoft, Form::Kind::binary},
     {"Sigmoid", "QLinearSigmoid", microsoft, Form::Kind::unary},
     {"LeakyRelu", "QLinearLeakyRelu", microsoft, Form::Kind::unary},
     {"Softmax", "QLinearSoftmax", microsoft, Form::Kind::unary},
     {"AveragePool", "QLinearAveragePool", microsoft, Form::Kind::unary},
     {"GlobalAveragePool", "QLinearGlobalAveragePool", microsoft, Form::Kind::unary},
     {"Concat", "QLinearConcat", microsoft, Form::Kind::join},
     {"MaxPool", "MaxPool", "", Form::Kind::view},
     {"Reshape", "Reshape", "", Form::Kind::view},
     {"Flatten", "Flatten", "", Form::Kind::view},
     {"Transpose", "Transpose", "", Form::Kind::view},
     {"Squeeze", "Squeeze", "", Form::Kind::view}}};

class Quantising {
 public:
  explicit Quantising(Rewrite& graph) : graph_(graph) {}

  bool run() {
    bool changed = false;
    for (const NodeId id : graph_.order()) {
      if (!graph_.alive(id) || !graph_.node(id).domain.empty()) continue;
      const auto form = std::ranges::find(forms, graph_.node(id).op, &Form::op);
      if (form != forms.end()) changed = apply(id, *form) || changed;
    }
    return changed;
  }

 private:
  using Names = std::vector<std::string>;

  /// The quantised forms of all inputs; empty when one has none.
  std::optional<std::vector<Quantised>> operands(NodeId id, std::size_t count) const {
    std::vector<Quantised> all;
    for (std::size_t i = 0; i < count; ++i) {
      auto one = quantised(graph_, graph_.input(id, i));
      if (!one) return {};
      all.push_back(*std::move(one));
    }
    return all;
  }

  bool apply(NodeId id, const Form& form) {
    const std::size_t given = graph_.node(id).inputs.size();
    const std::size_t read = form.kind == Form::Kind::unary || form.kind == Form::Kind::view ? 1 : given;
    const auto from = operands(id, read);
    if (!from || from->empty()) return false;
    const auto quantise = quantiser(graph_, id);
    const bool can_stay_real = form.kind == Form::Kind::product || form.kind == Form::Kind::gemm;
    if (!quantise && !can_stay_real) return false;
    Names inputs;
    Names to;
    if (quantise) to = {std::string(graph_.input(*quantise, 1)), std::string(graph_.input(*quantise, 2))};
    std::string_view op = form.integer;
    std::string_view domain = form.domain;
    switch (form.kind) {
      case Form::Kind::convolution:
      case Form::Kind::binary:
        inputs = joined({(*from)[0], (*from)[1]});
        inputs.insert(inputs.end(), to.begin(), to.end());
        if (from->size() > 2) inputs.push_back((*from)[2].tensor);
        break;
      case Form::Kind::product:
        inputs = joined(*from);
        inputs.insert(inputs.end(), to.begin(), to.end());
        if (quantise) break;
        op = "MatMulIntegerToFloat";
        domain = microsoft;
        inputs = {(*from)[0].tensor, (*from)[1].tensor, (*from)[0].scale,
                  (*from)[1].scale,  (*from)[0].zero,   (*from)[1].zero};
        break;
      case Form::Kind::gemm:
        if (graph_.node(id).real_or("beta", 1) != 1) return false;
        inputs = joined({(*from)[0], (*from)[1]});
        inputs.push_back(from->size() > 2 ? (*from)[2].tensor : std::string());
        inputs.insert(inputs.end(), to.begin(), to.end());
        break;
      case Form::Kind::unary:
        inputs = joined(*from);
        inputs.insert(inputs.end(), to.begin(), to.end());
        break;
      case Form::Kind::join:
        inputs = to;
        for (const auto& name : joined(*from)) inputs.push_back(name);
        break;
      case Form::Kind::view:
        if (!same_grid(graph_, from->front(), *quantise)) return false;
        inputs = graph_.node(id).inputs;
        inputs[0] = from->front().tensor;
        break;
    }
    replace(id, {std::string(op), std::string(domain)}, inputs, quantise);
    return true;
  }

  static Names joined(const std::vector<Quantised>& operands) {
    Names names;
    for (const auto& one : operands) names.insert(names.end(), {one.tensor, one.scale, one.zero});
    return names;
  }

  void replace(NodeId id, const std::pair<std::string, std::string>& op, const Names& inputs,
               std::optional<NodeId> quantise) {
    const Names before = graph_.node(id).inputs;
    graph_.drop_inputs(id, 0);
    for (std::size_t i = 0; i < inputs.size(); ++i) graph_.set_input(id, i, inputs[i]);
    graph_.rename_op(id, op.first, op.second);
    graph_.erase_attribute(id, "beta");
    if (quantise) {
      const std::string output(graph_.output(*quantise));
      graph_.remove(*quantise);
      graph_.set_output(id, 0, output);
    }
    for (const auto& name : before) {
      const auto maker = graph_.producer(name);
      if (maker && graph_.is(*maker, "DequantizeLinear") && graph_.users(name).empty()) graph_.remove(*maker);
    }
  }

  Rewrite& graph_;
};

}  // namespace

bool drop_relu_before_quantise(Rewrite& graph) {
  bool changed = false;
  for (const NodeId id : graph.order()) {
    if (!graph.is(id, "Relu")) continue;
    const auto quantise = quantiser(graph, id);
    if (!quantise) continue;
    const auto zero = graph.scalar(graph.input(*quantise, 2));
    const double lowest = type_of(graph, graph.output(*quantise)) == ElementType::int8 ? -128 : 0;
    if (zero != lowest) continue;
    changed = graph.bypass(id) || changed;
  }
  return changed;
}

bool fuse_quantised(Rewrite& graph) {
  return Quantising(graph).run();
}

}  // namespace forecost::layer::onnxruntime_rules
