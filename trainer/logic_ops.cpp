// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "trainer/constant.h"
#include "trainer/op.h"

namespace forecost::trainer {
namespace {

using Tensors = std::vector<at::Tensor>;
using Ints = std::vector<std::int64_t>;

template <at::Tensor (*Function)(const at::Tensor&, const at::Tensor&)>
Tensors compared(const Call& call) {
  return {Function(call.in(0), call.in(1))};
}

template <at::Tensor (*Function)(const at::Tensor&)>
Tensors one(const Call& call) {
  return {Function(call.in(0))};
}

Tensors where(const Call& call) {
  return {at::where(call.in(0), call.in(1), call.in(2))};
}

Tensors constant_of_shape(const Call& call) {
  const Ints shape = whole_numbers(call.in(0));
  const auto* value = call.node.attribute<network::Tensor>("value");
  if (value == nullptr) return {at::zeros(shape, at::kFloat)};
  return {tensor_of(*value).reshape({}).expand(shape).contiguous()};
}

Ints axes_of(const Call& call) {
  Ints every;
  for (std::int64_t axis = 0; axis < call.in(0).dim(); ++axis) every.push_back(axis);
  return call.ints("axes", 1, every);
}

bool keeps(const Call& call) {
  return call.node.int_or("keepdims", 1) != 0;
}

Tensors reduce_min(const Call& call) {
  return {call.in(0).amin(axes_of(call), keeps(call))};
}

Tensors reduce_square(const Call& call) {
  return {call.in(0).square().sum(axes_of(call), keeps(call))};
}

Tensors reduce_log_sum_exp(const Call& call) {
  return {call.in(0).logsumexp(axes_of(call), keeps(call))};
}

/// Axis by axis, the last one first.
Tensors reduce_prod(const Call& call) {
  Ints axes = axes_of(call);
  for (std::int64_t& axis : axes) axis = call.axis(axis);
  std::sort(axes.rbegin(), axes.rend());
  at::Tensor x = call.in(0);
  for (const std::int64_t axis : axes) x = x.prod(axis, keeps(call));
  return {x};
}

Tensors arg_max(const Call& call) {
  if (call.node.int_or("select_last_index", 0) != 0) throw Untrainable("ArgMax of the last of equals");
  return {call.in(0).argmax(call.axis(call.node.int_or("axis", 0)), keeps(call))};
}

Tensors cumulative_sum(const Call& call) {
  if (call.node.int_or("exclusive", 0) != 0 || call.node.int_or("reverse", 0) != 0) {
    throw Untrainable("CumSum that is exclusive or goes backwards");
  }
  return {call.in(0).cumsum(call.axis(whole_numbers(call.in(1)).front()))};
}

Tensors tile(const Call& call) {
  return {call.in(0).repeat(whole_numbers(call.in(1)))};
}

Tensors top_k(const Call& call) {
  const std::int64_t count = call.has(1) ? whole_numbers(call.in(1)).front() : call.node.int_or("k", 1);
  const auto [values, places] =
      call.in(0).topk(count, call.axis(call.node.int_or("axis", -1)), call.node.int_or("largest", 1) != 0,
                      call.node.int_or("sorted", 1) != 0);
  return {values, places};
}

Tensors depth_to_space(const Call& call) {
  const std::int64_t block = call.node.int_or("blocksize", 1);
  if (call.node.string_or("mode", "DCR") == "CRD") return {at::pixel_shuffle(call.in(0), block)};
  const at::Tensor& x = call.in(0);
  const std::int64_t channels = x.size(1) / (block * block);
  return {x.reshape({x.size(0), block, block, channels, x.size(2), x.size(3)})
              .permute({0, 3, 4, 1, 5, 2})
              .reshape({x.size(0), channels, x.size(2) * block, x.size(3) * block})};
}

Tensors space_to_depth(const Call& call) {
  const std::int64_t block = call.node.int_or("blocksize", 1);
  const at::Tensor& x = call.in(0);
  return {x.reshape({x.size(0), x.size(1), x.size(2) / block, block, x.size(3) / block, block})
              .permute({0, 3, 5, 1, 2, 4})
              .reshape({x.size(0), x.size(1) * block * block, x.size(2) / block, x.size(3) / block})};
}

at::Tensor softsign(const at::Tensor& x) {
  return x.div(x.abs().add(1));
}

}  // namespace

const std::vector<NamedOp>& logic_ops() {
  static const std::vector<NamedOp> table = {{"Equal", compared<at::eq>},
                                             {"Less", compared<at::lt>},
                                             {"LessOrEqual", compared<at::le>},
                                             {"Greater", compared<at::gt>},
                                             {"GreaterOrEqual", compared<at::ge>},
                                             {"And", compared<at::logical_and>},
                                             {"Or", compared<at::logical_or>},
                                             {"Not", one<at::logical_not>},
                                             {"Where", where},
                                             {"ConstantOfShape", constant_of_shape},
                                             {"Floor", one<at::floor>},
                                             {"Ceil", one<at::ceil>},
                                             {"Round", one<at::round>},
                                             {"Sign", one<at::sign>},
                                             {"Sin", one<at::sin>},
                                             {"Cos", one<at::cos>},
                                             {"Selu", one<at::selu>},
                                             {"Softsign", one<softsign>},
                                             {"ReduceMin", reduce_min},
                                             {"ReduceProd", reduce_prod},
                                             {"ReduceSumSquare", reduce_square},
                                             {"ReduceLogSumExp", reduce_log_sum_exp},
                                             {"ArgMax", arg_max},
                                             {"CumSum", cumulative_sum},
                                             {"Tile", tile},
                                             {"TopK", top_k},
                                             {"DepthToSpace", depth_to_space},
                                             {"SpaceToDepth", space_to_depth}};
  return table;
}

}  // namespace forecost::trainer
