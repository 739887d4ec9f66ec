// SPDX-License-Identifier: Apache-2.0
/// How much a network can hold, read off its graph: known before it is trained, and the best free hint of how
/// well it will do.
#pragma once

#include <array>

#include "forecost/layer/layer.h"

namespace forecost::search {

/// Sums and paths over the layers through which information flows from an input to an output; what is cut off
/// by a product with a constant zero, as NAS-Bench-201 writes "none", holds nothing. Networks that compute
/// the same function through other layers alike have the same capacity. All 0 where nothing flows.
struct Capacity {
  double macs = 0;
  double parameters = 0;
  double longest = 0;   ///< layers with products on the longest way from input to output
  double shortest = 0;  ///< and on the shortest: 0 is a connection past all of them

  static constexpr std::size_t count = 4;
  std::array<double, count> values() const { return {macs, parameters, longest, shortest}; }
  /// log(macs * parameters * longest): wide and deep beats wide or deep; less 1e-4 log(1 + shortest): of
  /// networks as large as each other first the one with a connection past its layers, which train better (He
  /// et al. 2016). -infinity where nothing flows, or without a product.
  double size() const;
};

/// O(layers log layers). Pure.
Capacity capacity_of(const layer::LayeredNetwork& layered);

}  // namespace forecost::search
