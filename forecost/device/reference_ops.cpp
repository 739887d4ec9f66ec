// SPDX-License-Identifier: Apache-2.0
#include "forecost/device/reference_ops.h"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace forecost::device::reference {
namespace {

/// 64 million elements: enough for any check, little enough for any machine.
constexpr std::int64_t largest = 1 << 26;

std::string place_of(const Call& call) {
  return fmt::format("{} '{}'", call.node.op, call.node.name);
}

}  // namespace

Operator find_operator(std::string_view op) {
  static const std::map<std::string_view, Operator> table{{"Conv", convolution},
                                                          {"MaxPool", max_pool},
                                                          {"AveragePool", average_pool},
                                                          {"GlobalAveragePool", global_average},
                                                          {"Gemm", gemm},
                                                          {"MatMul", matmul},
                                                          {"Relu", unary},
                                                          {"Sigmoid", unary},
                                                          {"Tanh", unary},
                                                          {"Identity", unary},
                                                          {"Clip", clip},
                                                          {"Add", binary},
                                                          {"Sub", binary},
                                                          {"Mul", binary},
                                                          {"Div", binary},
                                                          {"BatchNormalization", batch_normalization},
                                                          {"Softmax", softmax},
                                                          {"Reshape", reshape},
                                                          {"Flatten", flatten},
                                                          {"Transpose", transpose},
                                                          {"Concat", concat}};
  const auto found = table.find(op);
  return found == table.end() ? nullptr : found->second;
}

Result<Dense> sized(network::Shape shape, const Call& call) {
  const auto count = network::elements_of(shape);
  if (!count || *count > largest) {
    return Error{Fault::unsupported, "the result is too large for the reference runner", place_of(call),
                 "use the reference runner on small inputs only"};
  }
  return Dense{std::move(shape), std::vector<double>(static_cast<std::size_t>(*count))};
}

Error refused(const Call& call, std::string_view what) {
  return {Fault::unsupported, fmt::format("the reference runner does not know {}", what), place_of(call),
          "use another runner"};
}

Error contradictory(const Call& call, std::string_view what) {
  return {Fault::bad_input, std::string(what), place_of(call), "look at the shapes with `forecost inspect`"};
}

Result<const Dense*> operand(const Call& call, std::size_t index, std::size_t rank) {
  if (index >= call.inputs.size() || call.inputs[index] == nullptr) {
    return contradictory(call, fmt::format("input {} is missing", index));
  }
  const Dense* dense = call.inputs[index];
  if (rank != 0 && dense->shape.size() != rank) {
    return refused(call, fmt::format("input {} of rank {}", index, dense->shape.size()));
  }
  return dense;
}

}  // namespace forecost::device::reference
