// SPDX-License-Identifier: Apache-2.0
// What autograd keeps, by operator: derivatives.yaml of PyTorch 1.13 names the tensors of each formula.
#include <algorithm>
#include <map>
#include <set>

#include "forecost/prediction/training_cost.h"

namespace forecost::prediction {
namespace {

using Names = std::set<std::string_view>;

const Names keep_input = {"Conv",
                          "ConvTranspose",
                          "Gemm",
                          "MatMul",
                          "BatchNormalization",
                          "LayerNormalization",
                          "LRN",
                          "InstanceNormalization",
                          "MaxPool",
                          "Gelu",
                          "HardSwish",
                          "HardSigmoid",
                          "Clip",
                          "LeakyRelu",
                          "Elu",
                          "Mish",
                          "Softplus",
                          "AveragePool",
                          "Log",
                          "Abs",
                          "Erf",
                          "Selu",
                          "Sin",
                          "Cos",
                          "GlobalMaxPool"};
const Names keep_output = {"Relu", "Sigmoid",    "Tanh",      "Softmax", "LogSoftmax", "Exp",
                           "Sqrt", "Reciprocal", "ReduceMax", "LSTM",    "GRU",        "RNN"};
const Names keep_both_factors = {"Mul", "Div", "Pow", "MatMul", "PRelu"};
const Names views = {"Reshape",   "Flatten", "Squeeze", "Unsqueeze", "Identity",
                     "Transpose", "Slice",   "Split",   "Expand"};

class Keeping {
 public:
  explicit Keeping(const layer::LayeredNetwork& network) : network_(network) {}

  Bytes kept() {
    for (const layer::Layer& layer : network_.layers) {
      if (!layer.folded) visit(layer);
    }
    Bytes sum = places_;
    for (const std::string_view name : kept_) sum += network_.tensor(name)->bytes();
    return sum;
  }

 private:
  void visit(const layer::Layer& layer) {
    if (layer.inputs.empty()) return;
    if (views.contains(layer.op)) {
      for (const std::string& output : layer.outputs) sources_[output] = source_of(layer.inputs.front());
      return;
    }
    if (keep_input.contains(layer.op)) keep(layer.inputs.front());
    if (keep_output.contains(layer.op) && !layer.outputs.empty()) keep(layer.outputs.front());
    if (keep_both_factors.contains(layer.op)) {
      for (const std::string& input : layer.inputs) keep(input);
    }
    if (layer.op == "MaxPool" && !layer.outputs.empty()) {
      constexpr std::int64_t index_bytes = 8;
      if (const auto* fact = network_.tensor(layer.outputs.front())) {
        places_ += Bytes(index_bytes * fact->elements());
      }
    }
  }
  std::string_view source_of(std::string_view name) const {
    const auto found = sources_.find(name);
    return found == sources_.end() ? name : found->second;
  }
  void keep(std::string_view name) {
    const std::string_view source = source_of(name);
    const layer::TensorFact* fact = source.empty() ? nullptr : network_.tensor(source);
    if (fact != nullptr && !fact->constant) kept_.insert(source);
  }

  const layer::LayeredNetwork& network_;
  std::map<std::string_view, std::string_view> sources_;
  Names kept_;
  Bytes places_{0};
};

}  // namespace

TrainingMemory training_memory(const layer::LayeredNetwork& network, std::string_view optimiser) {
  constexpr std::int64_t bytes_per_parameter = 4;
  TrainingMemory memory;
  memory.weights = Bytes(bytes_per_parameter * layer::totals_of(network).parameters);
  memory.gradients = memory.weights;
  memory.state = memory.weights * (optimiser == "adam" ? 2 : 1);
  memory.activations = Keeping(network).kept();
  return memory;
}

}  // namespace forecost::prediction
