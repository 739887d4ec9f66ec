// SPDX-License-Identifier: Apache-2.0
/// Which layers of the network as written each kernel of an optimised graph computes.
#pragma once

#include <string>
#include <vector>

#include "forecost/layer/layer.h"

namespace forecost::layer {

/// For each layer of `optimised`, the names of the layers of `original` that it computes, in their order.
///
/// Tensors that keep their name through optimisation delimit the kernels: a kernel owns what lies between its
/// outputs and its inputs in the original graph. Tensors that a runtime made (reordered, reshaped) are traced
/// to original ones through views, reorders, node names ("<tensor>_nchwc") and equal operators on equal
/// inputs. A layer that is not folded belongs to exactly one kernel, unless there are no kernels. O((layers +
/// kernels) log). Pure.
std::vector<std::vector<std::string>> trace_layers(const LayeredNetwork& original,
                                                   const LayeredNetwork& optimised);

}  // namespace forecost::layer
