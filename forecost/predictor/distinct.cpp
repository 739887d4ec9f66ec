// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/distinct.h"

#include <unordered_map>

#include <fmt/format.h>

namespace forecost::predictor {

std::string identity_of(const layer::Kernel& kernel) {
  if (!kernel.signature.empty()) return kernel.signature;
  const layer::Cost& c = kernel.cost;
  const layer::Extents& e = c.extents;
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}x{}x{}x{}x{}|{}x{}x{}x{}x{}|{}x{}x{}x{}|{}", kernel.op,
                     kernel.path, static_cast<int>(kernel.element), kernel.activation, kernel.accumulates,
                     c.macs.value, c.operations.value, c.read.value, c.written.value, c.weights.value,
                     e.batch, e.groups, e.m, e.n, e.k, e.kernel_h, e.kernel_w, e.stride_h, e.stride_w,
                     e.dilation, e.in_h, e.in_w, e.out_h, e.out_w, kernel.workspace.value);
}

Distinct distinct(std::span<const layer::Kernel> kernels) {
  Distinct result;
  std::unordered_map<std::string, std::size_t> kinds;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const auto [entry, fresh] = kinds.emplace(identity_of(kernels[i]), result.first.size());
    if (fresh) {
      result.first.push_back(i);
      result.count.push_back(0);
    }
    result.count[entry->second] += 1;
    result.kind.push_back(entry->second);
  }
  return result;
}

}  // namespace forecost::predictor
