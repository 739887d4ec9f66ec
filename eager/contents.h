// SPDX-License-Identifier: Apache-2.0
/// The numbers of constants and inputs as tensors of libtorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ATen/ATen.h>

#include "forecost/network/network.h"
#include "trainer/roles.h"

namespace forecost::eager {

/// Reals become float, whole numbers int64. Throws trainer::Untrainable for other types.
at::Tensor from_bytes(network::ElementType element, const network::Shape& shape,
                      std::span<const std::byte> bytes);

/// What the tensor says it holds; else, where it is learned or a running statistic, as a training starts it
/// (seeded), else zeros: only large constants of a file, which stay in it, come to that.
at::Tensor contents(const network::Tensor& tensor, const trainer::Start& start, std::uint64_t seed);

}  // namespace forecost::eager
