// SPDX-License-Identifier: Apache-2.0
#include "forecost/predictor/redraw.h"

#include <cstdlib>
#include <utility>

#include "forecost/layer/layer.h"
#include "forecost/network/writer.h"

namespace forecost::predictor {

std::optional<measurement::Draw> draw_of(const std::string& name) {
  const auto dash = name.rfind('-');
  if (dash == std::string::npos || name.find('x', dash) != std::string::npos) return std::nullopt;
  return measurement::Draw{.family = name.substr(0, dash),
                           .seed = std::strtoull(name.c_str() + dash + 1, nullptr, 10)};
}

std::int64_t macs_of(const std::vector<layer::Kernel>& kernels) {
  std::int64_t sum = 0;
  for (const auto& kernel : kernels) sum += kernel.cost.macs.value;
  return sum;
}

std::optional<measurement::Item> redrawn(const measurement::Record& record, const device::Identity& identity,
                                         const std::string& kind) {
  const layer::Runtime* runtime = layer::find_runtime(identity.runtime);
  const auto draw = draw_of(record.name);
  if (runtime == nullptr || !draw) return std::nullopt;
  const layer::LoweringTarget target = runtime->target(identity.instruction_set);
  const std::int64_t macs = macs_of(record.kernels);
  auto network = measurement::build(*draw, [&](const layer::LayeredNetwork& layered) {
    const auto lowered = layer::lower(layered, *runtime, target);
    return lowered && macs_of(lowered->kernels) == macs;
  });
  if (!network) return std::nullopt;
  auto bytes = network::serialise(*network);
  if (!bytes) return std::nullopt;
  return measurement::Item{.name = record.name,
                           .kind = kind,
                           .group = record.group,
                           .bytes = std::move(*bytes),
                           .network = std::move(*network)};
}

}  // namespace forecost::predictor
