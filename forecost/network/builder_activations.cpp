// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "forecost/network/builder.h"

namespace forecost::network {

Value Builder::relu(const Value& x) {
  return same("Relu", {x});
}

Value Builder::clip(const Value& x, double low, double high) {
  if (opset() < 11) return same("Clip", {x}, {{"max", high}, {"min", low}});
  return same("Clip", {x, scalar(low, x.element), scalar(high, x.element)});
}

Value Builder::sigmoid(const Value& x) {
  return same("Sigmoid", {x});
}

Value Builder::hard_sigmoid(const Value& x) {
  return same("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

Value Builder::hard_swish(const Value& x) {
  return opset() >= 14 ? same("HardSwish", {x}) : mul(x, hard_sigmoid(x));
}

Value Builder::silu(const Value& x) {
  return mul(x, sigmoid(x));
}

Value Builder::gelu(const Value& x) {
  const Value bell = same("Erf", {div(x, scalar(std::numbers::sqrt2))});
  return mul(mul(x, add(bell, scalar(1))), scalar(0.5));
}

Value Builder::gelu_tanh(const Value& x) {
  const Value half = mul(x, scalar(0.5));
  const Value cube = binary("Pow", x, scalar(3));
  const Value inner = add(x, mul(cube, scalar(0.044715)));
  const Value bell = same("Tanh", {mul(inner, scalar(std::sqrt(2 / std::numbers::pi)))});
  return mul(half, add(bell, scalar(1)));
}

Value Builder::softmax(const Value& x, std::int64_t axis) {
  return same("Softmax", {x}, {{"axis", axis}});
}

}  // namespace forecost::network
