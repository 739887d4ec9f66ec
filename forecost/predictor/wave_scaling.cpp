// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/wave_scaling.h"

#include <algorithm>
#include <cmath>

#include "forecost/predictor/physics.h"

namespace forecost::predictor {
namespace {

double memory_bandwidth(const device::Card& card) {
  const double measured = card.memory.empty() ? 0 : card.memory.back().bandwidth;
  return measured > 0 ? measured : 1e10;
}

}  // namespace

double memory_share(const layer::Kernel& kernel, const device::Card& destination) {
  const auto operations = static_cast<double>(kernel.cost.operations.value);
  const auto bytes = static_cast<double>(kernel.cost.read.value + kernel.cost.written.value);
  const double intensity = operations / std::max(1.0, bytes);
  const double ridge = peak_for(destination, kernel.element) / memory_bandwidth(destination);
  return intensity < ridge ? 1 - intensity / (2 * ridge) : ridge / (2 * intensity);
}

Seconds wave_scaled(const layer::Kernel& kernel, Seconds time, const device::Card& origin,
                    const device::Card& destination) {
  const double share = memory_share(kernel, destination);
  const double memory = memory_bandwidth(origin) / memory_bandwidth(destination);
  const double compute = peak_for(origin, kernel.element) / peak_for(destination, kernel.element);
  return time * (std::pow(memory, share) * std::pow(compute, 1 - share));
}

}  // namespace forecost::predictor
