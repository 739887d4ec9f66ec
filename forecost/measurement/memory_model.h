// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a process that runs one network: what it follows from, and the fit.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "forecost/device/device.h"
#include "forecost/layer/kernel.h"
#include "forecost/quantity/quantity.h"

namespace forecost::measurement {

/// What a network asks of memory, as its runtime executes it.
struct MemoryUse {
  std::map<std::string, Bytes, std::less<>> weights;  ///< every constant tensor once per kind of its users
  Bytes largest{0};                                   ///< the largest of them
  Bytes largest_convolution{0};                       ///< the largest weight of a convolution
  Bytes inputs{0};                                    ///< of the network, activations not among them
  Bytes resident{0};                                  ///< see layer::resident_activations
  Bytes workspace{0};                                 ///< largest scratch of any kernel; part of `resident`
  std::int64_t nodes = 0;                             ///< that are executed
};

/// Most memory that a process held while it loaded a network and while it ran it.
struct PeakMemory {
  Bytes loading{0};
  Bytes loaded{0};   ///< held between the two, input tensors included
  Bytes running{0};  ///< after `loaded` was reached

  Bytes peak() const { return std::max(loading, running); }
};

struct MemorySample {
  MemoryUse use;
  PeakMemory measured;
};

/// Which of a memory model's kinds the weights of a layer of an optimised graph belong to: "convolution",
/// "matrix" or "other".
std::string_view weight_kind(const layer::Layer& layer);

/// O(layers x log layers) and the replay of the runtime's allocator. Pure.
MemoryUse memory_use(const layer::LoweredNetwork& lowered);

/// The model's formulas, see device::MemoryModel. `loaded` is the running formula without its activations.
PeakMemory peak_of(const MemoryUse& use, const device::MemoryModel& model);

/// Smallest relative errors, robustly, no factor below 0; loading and running are fitted apart, as they were
/// measured apart. The maximum in the loading formula is resolved by turns: which side of it binds each
/// sample, then the fit, until that settles. A kind that no sample has keeps its default. `relative_error` is
/// the mean absolute error of every sample's peak predicted from the others. Needs at least 4 samples (fewer:
/// an unfitted model comes back).
device::MemoryModel fit_memory_model(std::span<const MemorySample> samples);

}  // namespace forecost::measurement
