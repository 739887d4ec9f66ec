// SPDX-License-Identifier: Apache-2.0
/// Peak memory of a process that runs one network: what it follows from, and the fit.
#pragma once

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
  /// Every constant tensor once per kind of its users. "largest_convolution" is the largest weight of a
  /// convolution, at most 8 MiB, once more: its re-laid-out copies fit into no hole that smaller ones left in
  /// the heap.
  std::map<std::string, Bytes, std::less<>> weights;
  Bytes largest{0};    ///< the largest of them
  Bytes plan{0};       ///< peak of the liveness plan
  Bytes workspace{0};  ///< largest scratch of any kernel
};

/// A process that ran one network, and the most memory that it held.
struct MemorySample {
  MemoryUse use;
  Bytes peak;
};

/// Which of a memory model's kinds the weights of a layer of an optimised graph belong to: "convolution",
/// "matrix" or "other".
std::string_view weight_kind(const layer::Layer& layer);

/// O(layers log layers). Pure.
MemoryUse memory_use(const layer::LoweredNetwork& lowered);

/// The model's formula, see device::MemoryModel. A kind without a factor counts once.
Bytes peak_of(const MemoryUse& use, const device::MemoryModel& model);

/// Smallest relative errors, robustly, no factor below 0. The maximum in the formula is resolved by turns:
/// which side of it binds each sample, then the fit, until that settles. A kind that no sample has keeps one
/// copy. `relative_error` is the mean absolute error of every sample predicted from the others. Needs at
/// least 4 samples (fewer: an unfitted model comes back).
device::MemoryModel fit_memory_model(std::span<const MemorySample> samples);

}  // namespace forecost::measurement
