// SPDX-License-Identifier: Apache-2.0
/// The physical terms of a kernel's time: what it would take if one thing alone set the pace.
#pragma once

#include <array>
#include <string_view>

#include "forecost/device/device.h"
#include "forecost/layer/kernel.h"
#include "forecost/predictor/family.h"

namespace forecost::predictor {

/// Seconds each, at the card's measured roofs. A path's time is a sum of these with fitted coefficients >= 0.
enum class Term : std::size_t {
  roof,  ///< max(arithmetic, traffic): the roofline
  work,  ///< multiply-accumulates with channels rounded up to vector blocks, uneven shares of threads counted
  tail,  ///< extra multiply-accumulates from rounding output rows up to register tiles
  border,     ///< multiply-accumulates on output pixels that see padding
  other,      ///< operations that are not multiply-accumulates
  serial,     ///< all operations on one thread; zero on one thread, where it is `work` and `other`
  input,      ///< activations read, at the bandwidth the working set sees
  weights,    ///< constants read
  fetched,    ///< constants read from where the last run left them: at the bandwidth that the network's
              ///< footprint sees
  aged,       ///< activations read, at the bandwidth of what was touched since they were made
  output,     ///< results written
  workspace,  ///< scratch memory written and read (im2col and the like)
  far,        ///< all traffic at the bandwidth of the last memory level
  calls,      ///< inner kernel calls, 10 ns each
  rows,       ///< rows of the work (pixels rows, matrix rows), 10 ns each
  elements,   ///< elements written, 1 ns each
  constant,   ///< 1 us
  tiles       ///< the quickest way in whole waves of tiles (tile_features.h); 0 on devices without tiles
};
inline constexpr std::size_t term_count = 18;
using Terms = std::array<double, term_count>;
std::string_view name_of(Term term);

/// Quantities that terms and features share. Bytes and operations as doubles.
struct Physics {
  double macs = 0;         ///< as counted
  double padded_macs = 0;  ///< channels rounded up to blocks of 16
  double tile_macs = 0;    ///< the same with output rows rounded up to tiles of 6
  double other_operations = 0;
  double input_bytes = 0;
  double weight_bytes = 0;
  double output_bytes = 0;
  double workspace_bytes = 0;
  double working_set = 0;  ///< all of these bytes
  double footprint = 0;    ///< of the whole network, at least the working set
  double elements = 0;     ///< written
  double calls = 0;
  double rows = 0;
  double units = 1;      ///< pieces that threads share out
  double imbalance = 1;  ///< >= 1: ceil(units / threads) / (units / threads)
};

/// Pure, O(1).
Physics physics_of(const layer::Kernel& kernel, const device::Card& card);
Terms terms_of(const layer::Kernel& kernel, const device::Card& card);

/// Arithmetic peak for an element type; float32's where the card has no such entry, 1e9 where it has neither.
double peak_for(const device::Card& card, layer::ElementType element);

/// The larger side of the roofline: arithmetic or traffic; `overhead` when both are below the cost of a node
/// (1 us).
Bound bound_of(const Terms& terms);

/// The roofline itself, after Williams, Waterman and Patterson 2009:
///   time = max(operations / peak, traffic / bandwidth(working set))
Seconds roofline_time(const layer::Kernel& kernel, const device::Card& card);

}  // namespace forecost::predictor
