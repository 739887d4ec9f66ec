// SPDX-License-Identifier: Apache-2.0
#include "trainer/op.h"

#include <algorithm>

#include <fmt/format.h>

namespace forecost::trainer {

const at::Tensor& Call::in(std::size_t index) const {
  if (!has(index)) throw Untrainable(fmt::format("{} lacks its input {}", node.op, index));
  return inputs[index];
}

std::vector<std::int64_t> Call::ints(std::string_view attribute, std::size_t input,
                                     const std::vector<std::int64_t>& other) const {
  if (const auto* given = node.attribute<std::vector<std::int64_t>>(attribute)) return *given;
  return has(input) ? whole_numbers(inputs[input]) : other;
}

std::int64_t Call::axis(std::int64_t given) const {
  const std::int64_t rank = in(0).dim();
  if (given < -rank || given > rank) throw Untrainable(fmt::format("{} names axis {}", node.op, given));
  return given < 0 ? given + rank : given;
}

Op find_op(std::string_view name) {
  for (const auto* table : {&window_ops(), &arithmetic_ops(), &layout_ops(), &logic_ops(), &sequence_ops()}) {
    const auto found =
        std::find_if(table->begin(), table->end(), [name](const NamedOp& o) { return o.name == name; });
    if (found != table->end()) return found->op;
  }
  return nullptr;
}

std::vector<std::int64_t> whole_numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kCPU, at::kLong).contiguous();
  const auto* first = flat.data_ptr<std::int64_t>();
  return {first, first + flat.numel()};
}

}  // namespace forecost::trainer
