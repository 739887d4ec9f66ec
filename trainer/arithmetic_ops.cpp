// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "trainer/op.h"

namespace forecost::trainer {
namespace {

using Tensors = std::vector<at::Tensor>;
using Ints = std::vector<std::int64_t>;

/// A bound of Clip: an input since opset 11, an attribute before.
std::optional<double> bound(const Call& call, std::size_t input, const char* name) {
  if (call.has(input)) return call.in(input).item<double>();
  if (const auto* given = call.node.attribute<double>(name)) return *given;
  return std::nullopt;
}

Tensors clip(const Call& call) {
  at::Tensor x = call.in(0);
  if (const auto low = bound(call, 1, "min")) x = at::clamp_min(x, *low);
  if (const auto high = bound(call, 2, "max")) x = at::clamp_max(x, *high);
  return {x};
}

Tensors leaky_relu(const Call& call) {
  return {at::leaky_relu(call.in(0), call.node.real_or("alpha", 0.01))};
}

Tensors elu(const Call& call) {
  return {at::elu(call.in(0), call.node.real_or("alpha", 1))};
}

Tensors prelu(const Call& call) {
  return {at::where(call.in(0).gt(0), call.in(0), call.in(0).mul(call.in(1)))};
}

Tensors hard_sigmoid(const Call& call) {
  const double alpha = call.node.real_or("alpha", 0.2);
  return {call.in(0).mul(alpha).add(call.node.real_or("beta", 0.5)).clamp(0, 1)};
}

Tensors gelu(const Call& call) {
  if (call.node.string_or("approximate", "none") == "tanh") return {at::gelu(call.in(0), "tanh")};
  return {at::gelu(call.in(0))};
}

/// Before opset 13 the axes from `axis` on are one.
template <at::Tensor (*Function)(const at::Tensor&, std::int64_t)>
Tensors along_axis(const Call& call) {
  const at::Tensor& x = call.in(0);
  const std::int64_t axis = call.axis(call.node.int_or("axis", call.opset < 13 ? 1 : -1));
  if (call.opset >= 13 || axis == x.dim() - 1) return {Function(x, axis)};
  return {Function(x.flatten(axis), axis).view_as(x)};
}

at::Tensor softmax_of(const at::Tensor& x, std::int64_t axis) {
  return at::softmax(x, axis);
}
at::Tensor log_softmax_of(const at::Tensor& x, std::int64_t axis) {
  return at::log_softmax(x, axis);
}

/// Whole numbers are divided to whole numbers, as C does.
Tensors div(const Call& call) {
  if (at::isIntegralType(call.in(0).scalar_type(), true)) return {at::div(call.in(0), call.in(1), "trunc")};
  return {at::div(call.in(0), call.in(1))};
}

Tensors sum(const Call& call) {
  at::Tensor total = call.in(0);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) total = total.add(call.in(i));
  return {total};
}

Tensors gemm(const Call& call) {
  const at::Tensor a = call.node.int_or("transA", 0) != 0 ? call.in(0).t() : call.in(0);
  const bool turned = call.node.int_or("transB", 0) != 0;
  const double alpha = call.node.real_or("alpha", 1);
  const double beta = call.node.real_or("beta", 1);
  const bool plain = alpha == 1 && (beta == 1 || !call.has(2));
  if (plain && turned && (!call.has(2) || call.in(2).dim() == 1)) {
    return {at::linear(a, call.in(1), call.has(2) ? call.in(2) : at::Tensor())};
  }
  at::Tensor y = at::matmul(a, turned ? call.in(1).t() : call.in(1)).mul(alpha);
  if (call.has(2)) y = y.add(call.in(2).mul(beta));
  return {y};
}

/// Off while being judged; what stays is scaled up, so that the mean stays.
Tensors dropout(const Call& call) {
  const at::Tensor& x = call.in(0);
  const double share = call.has(1) ? call.in(1).item<double>() : call.node.real_or("ratio", 0.5);
  if (call.mode == Mode::judged || share <= 0) return {x};
  if (share >= 1) return {x.mul(0)};
  const at::Tensor mask = at::empty_like(x).bernoulli_(1 - share, call.dice);
  return {x.mul(mask).div(1 - share)};
}

struct Reduction {
  Ints axes;
  bool keep = true;
};

Reduction reduction_of(const Call& call) {
  Ints every;
  for (std::int64_t axis = 0; axis < call.in(0).dim(); ++axis) every.push_back(axis);
  return {call.ints("axes", 1, every), call.node.int_or("keepdims", 1) != 0};
}

Tensors reduce_mean(const Call& call) {
  const Reduction reduction = reduction_of(call);
  return {call.in(0).mean(reduction.axes, reduction.keep)};
}

Tensors reduce_sum(const Call& call) {
  const Reduction reduction = reduction_of(call);
  return {call.in(0).sum(reduction.axes, reduction.keep)};
}

Tensors reduce_max(const Call& call) {
  const Reduction reduction = reduction_of(call);
  return {call.in(0).amax(reduction.axes, reduction.keep)};
}

template <at::Tensor (*Function)(const at::Tensor&)>
Tensors unary(const Call& call) {
  return {Function(call.in(0))};
}

template <at::Tensor (*Function)(const at::Tensor&, const at::Tensor&)>
Tensors binary(const Call& call) {
  return {Function(call.in(0), call.in(1))};
}

at::Tensor softplus(const at::Tensor& x) {
  return at::softplus(x);
}
at::Tensor plus(const at::Tensor& a, const at::Tensor& b) {
  return a.add(b);
}
at::Tensor minus(const at::Tensor& a, const at::Tensor& b) {
  return a.sub(b);
}

}  // namespace

const std::vector<NamedOp>& arithmetic_ops() {
  static const std::vector<NamedOp> table = {{"Relu", unary<at::relu>},
                                             {"Sigmoid", unary<at::sigmoid>},
                                             {"Tanh", unary<at::tanh>},
                                             {"Erf", unary<at::erf>},
                                             {"Exp", unary<at::exp>},
                                             {"Log", unary<at::log>},
                                             {"Sqrt", unary<at::sqrt>},
                                             {"Neg", unary<at::neg>},
                                             {"Abs", unary<at::abs>},
                                             {"Reciprocal", unary<at::reciprocal>},
                                             {"HardSwish", unary<at::hardswish>},
                                             {"Mish", unary<at::mish>},
                                             {"Softplus", unary<softplus>},
                                             {"Clip", clip},
                                             {"LeakyRelu", leaky_relu},
                                             {"Elu", elu},
                                             {"PRelu", prelu},
                                             {"HardSigmoid", hard_sigmoid},
                                             {"Gelu", gelu},
                                             {"Softmax", along_axis<softmax_of>},
                                             {"LogSoftmax", along_axis<log_softmax_of>},
                                             {"Add", binary<plus>},
                                             {"Sub", binary<minus>},
                                             {"Mul", binary<at::mul>},
                                             {"Div", div},
                                             {"Pow", binary<at::pow>},
                                             {"Max", binary<at::maximum>},
                                             {"Min", binary<at::minimum>},
                                             {"MatMul", binary<at::matmul>},
                                             {"Sum", sum},
                                             {"Gemm", gemm},
                                             {"Dropout", dropout},
                                             {"ReduceMean", reduce_mean},
                                             {"ReduceSum", reduce_sum},
                                             {"ReduceMax", reduce_max}};
  return table;
}

}  // namespace forecost::trainer
