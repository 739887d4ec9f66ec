// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "forecost/device/reference_ops.h"

namespace forecost::device::reference {
namespace {

double applied(std::string_view op, double x) {
  if (op == "Relu") return std::max(x, 0.0);
  if (op == "Sigmoid") return 1 / (1 + std::exp(-x));
  if (op == "Tanh") return std::tanh(x);
  return x;
}

/// Input `index` as one number, `other` when it is absent.
Result<double> scalar_or(const Call& call, std::size_t index, double other) {
  if (index >= call.inputs.size() || call.inputs[index] == nullptr) return other;
  if (call.inputs[index]->values.size() != 1) return contradictory(call, "a bound is not a single number");
  return call.inputs[index]->values.front();
}

/// exp(x - max) / sum over `length` values that lie `step` apart.
void normalise(double* first, std::int64_t length, std::int64_t step) {
  double largest = std::numeric_limits<double>::lowest(), sum = 0;
  for (std::int64_t i = 0; i < length; ++i) largest = std::max(largest, first[i * step]);
  for (std::int64_t i = 0; i < length; ++i) sum += first[i * step] = std::exp(first[i * step] - largest);
  for (std::int64_t i = 0; i < length; ++i) first[i * step] /= sum;
}

}  // namespace

Result<Dense> unary(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  Dense y = *x;
  for (double& value : y.values) value = applied(call.node.op, value);
  return y;
}

Result<Dense> clip(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  constexpr double end = std::numeric_limits<double>::max();
  FORECOST_TRY(const double low, scalar_or(call, 1, call.node.real_or("min", -end)));
  FORECOST_TRY(const double high, scalar_or(call, 2, call.node.real_or("max", end)));
  Dense y = *x;
  for (double& value : y.values) value = std::min(std::max(value, low), high);
  return y;
}

Result<Dense> batch_normalization(const Call& call) {
  if (call.node.int_or("training_mode", 0) != 0) return refused(call, "training_mode");
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  if (x->shape.size() < 2) return refused(call, "a normalised input without channels");
  const auto channels = static_cast<std::size_t>(x->shape[1]);
  const Dense* given[4] = {};
  for (std::size_t i = 0; i < 4; ++i) {
    FORECOST_TRY(given[i], operand(call, i + 1, 1));
    if (given[i]->values.size() != channels) return contradictory(call, "one figure per channel is needed");
  }
  const auto [scale, bias, mean, variance] = given;
  const double epsilon = call.node.real_or("epsilon", 1e-5);
  Dense y = *x;
  const auto maps = static_cast<std::size_t>(x->shape[0]) * channels;
  const auto plane = maps == 0 ? 0 : y.values.size() / maps;
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const auto c = i / plane % channels;
    y.values[i] =
        (y.values[i] - mean->values[c]) / std::sqrt(variance->values[c] + epsilon) * scale->values[c] +
        bias->values[c];
  }
  return y;
}

/// Up to opset 12 the default axis is 1 and the input is taken as a matrix that is split there; later the
/// axis alone is normalised and the default is the last.
Result<Dense> softmax(const Call& call) {
  FORECOST_TRY(const Dense* x, operand(call, 0, 0));
  const auto rank = std::ssize(x->shape);
  const bool matrix = call.opset < 13;
  auto axis = call.node.int_or("axis", matrix ? 1 : -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return contradictory(call, "the axis lies outside the input");
  Dense y = *x;
  std::int64_t length = x->shape[static_cast<std::size_t>(axis)], step = 1;
  for (auto i = axis + 1; i < rank; ++i) step *= x->shape[static_cast<std::size_t>(i)];
  if (matrix) length *= step, step = 1;
  const auto block = length * step;
  for (std::int64_t first = 0; block > 0 && first < std::ssize(y.values); first += block) {
    for (std::int64_t i = 0; i < step; ++i) normalise(y.values.data() + first + i, length, step);
  }
  return y;
}

}  // namespace forecost::device::reference
