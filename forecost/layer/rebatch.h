// SPDX-License-Identifier: Apache-2.0
/// Reshape targets that a file fixes for its own batch, for another batch.
#pragma once

#include <cstdint>
#include <optional>

#include "forecost/layer/layer.h"

namespace forecost::layer {

struct BatchChange {
  std::int64_t written = 1;  ///< what the file says
  std::int64_t wanted = 1;
};

/// The target of a Reshape of `x` with its leading extent changed from the written to the wanted batch.
/// Empty where nothing demands it: the target leads with another extent, `x` is a constant, or the elements
/// fit as they are. A target with an open extent (-1) fits anything; it is changed when `x` itself leads
/// with the wanted batch.
std::optional<Shape> rebatched(const Shape& target, const TensorFact& x, const BatchChange& change);

}  // namespace forecost::layer
