// SPDX-License-Identifier: Apache-2.0
/// From bandwidths measured over working sets to the levels of a memory hierarchy.
#pragma once

#include <span>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/device/system.h"
#include "forecost/quantity/quantity.h"

namespace forecost::device {

/// Bandwidth at one working set (all threads together).
struct CurvePoint {
  Bytes working_set;
  double bandwidth = 0;  ///< bytes per second
};

/// Capacities of the data and unified caches that this many threads have together, nearest first, as
/// /sys/devices/system/cpu/cpu0/cache states them; private caches (not shared with another core) count once
/// per thread. Typical capacities (32 KiB, 512 KiB per thread, 8 MiB) where the kernel states none.
std::vector<Bytes> stated_caches(const System& system, int threads);

/// Levels whose number is taken from `stated` and whose figures are measured. A level's bandwidth is the
/// median of the points well inside it (from 1.5 times the level before to 0.7 times its stated capacity, but
/// no more than 4 times that of the level before, since a virtual machine may have less than is stated);
/// memory's is that of the three largest points. A level's capacity is the largest working set up to which
/// the curve stays above own^0.8 * next^0.2. Bandwidths never rise with distance. `curve` is in ascending
/// order of working sets.
std::vector<MemoryLevel> levels_of(std::span<const CurvePoint> curve, std::span<const Bytes> stated);

}  // namespace forecost::device
