// SPDX-License-Identifier: Apache-2.0
/// Constants of an ONNX file as tensors of libtorch.
#pragma once

#include <ATen/ATen.h>

#include "forecost/network/network.h"

namespace forecost::trainer {

/// Reals become float, whole numbers int64, booleans bool: what we compute with.
at::ScalarType number_type(network::ElementType element);

/// Contents that the reader kept, or a constant fill. Throws Untrainable where there are none.
at::Tensor tensor_of(const network::Tensor& tensor);

}  // namespace forecost::trainer
