// SPDX-License-Identifier: Apache-2.0
/// Liveness-planned activation memory: a tensor lives from the layer that makes it to the last that reads it.
#pragma once

#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

struct MemoryPlan {
  Bytes peak;                ///< largest sum of tensors alive at once, graph inputs and outputs included
  std::size_t at_layer;      ///< where the peak occurs
  std::vector<Bytes> alive;  ///< while each layer runs
};

/// Views (Reshape, Flatten, Squeeze, Unsqueeze, Identity) share their input's memory; elementwise layers may
/// write over an input that dies there. Constants are not activations. O(layers + uses).
MemoryPlan plan_memory(const LayeredNetwork& network);

}  // namespace forecost::layer
