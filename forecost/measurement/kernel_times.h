// SPDX-License-Identifier: Apache-2.0
/// Which kernel a runtime's node times belong to.
#pragma once

#include <cstddef>
#include <vector>

#include "forecost/device/runner.h"
#include "forecost/layer/kernel.h"

namespace forecost::measurement {

/// Samples per kernel, in seconds, from the events of every run after the first `skip`. The k-th event of a
/// node name belongs to the k-th kernel of that name; what is left (the runtime names anonymous nodes by
/// itself) goes by operator, in order. A kernel that nothing is told of has no samples.
std::vector<std::vector<double>> kernel_times(const std::vector<layer::Kernel>& kernels,
                                              const std::vector<std::vector<device::NodeTime>>& runs,
                                              std::size_t skip);

/// What follows for a kernel's caches from so many bytes touched before each run.
void note_eviction(layer::Kernel& kernel, Bytes evicted);

}  // namespace forecost::measurement
