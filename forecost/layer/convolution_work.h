// SPDX-License-Identifier: Apache-2.0
/// Shape and work of convolutions that runtimes and quantisers write: operands stand at other inputs than
/// Conv's.
#pragma once

#include "forecost/layer/rule_parts.h"
#include "forecost/layer/work.h"

namespace forecost::layer {

/// Operands of a convolution: data [N, C, spatial...] and weights [Cout, C / groups, kernel...].
struct Convolution {
  const Shape& data;
  const Shape& weights;
  std::int64_t slack =
      0;  ///< channels by which data and weights may differ: both are padded in blocked layouts
};

/// [N, Cout, out...]. Fails: `bad_input` on unequal ranks, channels that do not fit, windows larger than the
/// data.
Result<Shape> convolved(const OpCall& call, const Convolution& operands);

/// out elements * Cin / groups * kernel multiply-accumulates and the extents of layer.h. Shapes were checked.
std::int64_t convolution_macs(const Convolution& operands, const Shape& out);
Extents convolution_extents(const OpCall& call, const Convolution& operands, const Shape& out);

}  // namespace forecost::layer
