// SPDX-License-Identifier: Apache-2.0
/// The arithmetic of a call, and the cost it makes together with the call's traffic.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "forecost/layer/rule_parts.h"

namespace forecost::layer {

inline double real(std::int64_t count) {
  return static_cast<double>(count);
}

/// Arithmetic of one execution beside its traffic. `other` is what is not a multiply-accumulate.
struct Work {
  std::int64_t macs = 0;
  std::int64_t other = 0;
};

/// Traffic of the call (rule_parts.h) with this work and these extents.
Cost work_cost(const OpCall& call, std::span<const TensorFact> outputs, const Work& work,
               const Extents& extents);

/// Operations per element of an activation that runtimes fuse: 1 for comparisons, 4 for transcendental
/// functions, 0 for "".
std::int64_t operations_of_activation(std::string_view activation);

/// As many facts as the node names outputs; those it leaves unnamed ("") become absent (element undefined).
std::vector<TensorFact> named_outputs(const OpCall& call, std::vector<TensorFact> facts);

}  // namespace forecost::layer
