// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/kernels.h"

#include <algorithm>

namespace forecost::accelerator {
namespace {

double elements_of(const layer::Shape& shape) {
  double product = 1;
  for (const std::int64_t extent : shape) product *= static_cast<double>(extent);
  return product;
}

/// Words of a residual that is added to a convolution's outputs.
double residual_words(const layer::Kernel& kernel) {
  if (!kernel.accumulates || kernel.outputs.empty()) return 0;
  return elements_of(kernel.outputs.front());
}

}  // namespace

Words words_of(const layer::Kernel& kernel) {
  const double bytes = std::max(1, network::bits_of(kernel.element)) / 8.0;
  return {static_cast<double>(kernel.cost.read.value) / bytes,
          static_cast<double>(kernel.cost.written.value) / bytes};
}

Result<Cost> cost_of(const Accelerator& accelerator, const layer::Kernel& kernel) {
  const std::optional<Work> work = work_of(kernel);
  if (!work) {
    const Words words = words_of(kernel);
    return stream_cost(accelerator, words.read, words.written,
                       static_cast<double>(kernel.cost.operations.value));
  }
  FORECOST_TRY(const Mapping mapping, map_work(accelerator, *work));
  Cost cost = mapping.cost;
  const double residual = residual_words(kernel);
  if (residual > 0) cost += stream_cost(accelerator, residual, 0, 0);
  return cost;
}

}  // namespace forecost::accelerator
