// SPDX-License-Identifier: Apache-2.0
#include "trainer/roles.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "trainer/constant.h"

namespace forecost::trainer {
namespace {

using network::Graph;
using network::Node;
using network::Tensor;

const std::set<std::string, std::less<>> rectifiers = {"Relu", "LeakyRelu", "PRelu", "Clip",     "Elu",
                                                       "Gelu", "HardSwish", "Mish",  "Softplus", "Mul"};
const std::set<std::string, std::less<>> transparent = {"BatchNormalization",
                                                        "InstanceNormalization",
                                                        "LayerNormalization",
                                                        "LRN",
                                                        "Identity",
                                                        "Dropout",
                                                        "MaxPool",
                                                        "AveragePool",
                                                        "GlobalAveragePool",
                                                        "Flatten",
                                                        "Reshape",
                                                        "Add"};

class Readers {
 public:
  explicit Readers(const Graph& graph) {
    for (const Node& node : graph.nodes) {
      for (const std::string& input : node.inputs) readers_[input].push_back(&node);
    }
  }

  /// Whether what a node gives is rectified before the next product.
  bool rectified(const Node& node) const {
    const Node* at = &node;
    for (int step = 0; step < 6; ++step) {
      const auto found = readers_.find(at->outputs.front());
      if (found == readers_.end()) return false;
      const std::vector<const Node*>& readers = found->second;
      const auto rectifies = [](const Node* reader) { return rectifiers.contains(reader->op); };
      if (std::any_of(readers.begin(), readers.end(), rectifies)) return true;
      if (readers.size() != 1 || !transparent.contains(readers.front()->op)) return false;
      at = readers.front();
    }
    return false;
  }

 private:
  std::map<std::string, std::vector<const Node*>> readers_;
};

double product(const network::Shape& shape, std::size_t from) {
  double result = 1;
  for (std::size_t i = from; i < shape.size(); ++i) result *= static_cast<double>(shape[i]);
  return result;
}

struct Fans {
  double in = 1, out = 1;
};

Fans fans_of(const Node& node, const network::Shape& shape) {
  if (shape.size() < 2) return {product(shape, 0), 1};
  const auto first = static_cast<double>(shape[0]);
  if (node.op == "Conv") return {product(shape, 1), first * product(shape, 2)};
  if (node.op == "ConvTranspose") return {first * product(shape, 2), product(shape, 1)};
  const auto rows = static_cast<double>(shape[shape.size() - 2]);
  const auto columns = static_cast<double>(shape.back());
  return node.int_or("transB", 0) != 0 ? Fans{columns, rows} : Fans{rows, columns};
}

Start kernel_start(const Node& node, const Tensor& tensor, const Readers& readers) {
  const Fans fans = fans_of(node, tensor.dims);
  const bool rectified = readers.rectified(node);
  const double variance = rectified ? 2 / std::max(1.0, fans.in) : 2 / std::max(1.0, fans.in + fans.out);
  return {Role::kernel, std::sqrt(variance), 0};
}

/// The one number that all elements are; `other` where there is none.
double level_of(const Tensor& tensor, double other) {
  if (tensor.fill.kind == network::Fill::Kind::constant) return tensor.fill.value;
  const auto* values = tensor.values ? std::get_if<std::vector<double>>(&*tensor.values) : nullptr;
  if (values == nullptr || values->empty()) return other;
  const bool level =
      std::all_of(values->begin(), values->end(), [values](double v) { return v == values->front(); });
  return level ? values->front() : other;
}

Role role_in(const Node& node, std::size_t input) {
  if (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm") {
    return input == 2 ? Role::shift : Role::kernel;
  }
  if (node.op == "MatMul") return Role::kernel;
  const bool norm = node.op == "BatchNormalization" || node.op == "InstanceNormalization" ||
                    node.op == "LayerNormalization";
  if (norm && input >= 1 && input <= 4) {
    constexpr Role roles[] = {Role::scale, Role::shift, Role::mean, Role::variance};
    return roles[input - 1];
  }
  if (node.op == "PRelu" && input == 1) return Role::scale;
  return Role::constant;
}

Start by_name(const Tensor& tensor) {
  if (tensor.name.ends_with(".bias")) return {Role::shift, 0, 0};
  if (!tensor.name.ends_with(".weight")) return {};
  const double level = level_of(tensor, NAN);
  if (!std::isnan(level)) return {Role::scale, 0, level};
  return tensor.dims.size() < 2 ? Start{Role::scale, 0, 1} : Start{Role::embedding, 0.02, 0};
}

Start start_of(const Node& node, std::size_t input, const Tensor& tensor, const Readers& readers) {
  const Role role = role_in(node, input);
  switch (role) {
    case Role::kernel:
      return kernel_start(node, tensor, readers);
    case Role::scale:
      return {role, 0, level_of(tensor, node.op == "PRelu" ? 0.25 : 1)};
    case Role::variance:
      return {role, 0, 1};
    case Role::shift:
    case Role::mean:
      return {role, 0, 0};
    default:
      return by_name(tensor);
  }
}

}  // namespace

std::map<std::string, Start> starts_of(const Graph& graph) {
  const Readers readers(graph);
  std::map<std::string, const Tensor*> tensors;
  std::map<std::string, Start> starts;
  for (const Tensor& tensor : graph.initializers) {
    tensors[tensor.name] = &tensor;
    starts[tensor.name] = {};
  }
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto found = tensors.find(node.inputs[i]);
      if (found == tensors.end() || number_type(found->second->element) != at::kFloat) continue;
      Start& start = starts[found->first];
      if (start.role == Role::constant) start = start_of(node, i, *found->second, readers);
    }
  }
  return starts;
}

}  // namespace forecost::trainer
