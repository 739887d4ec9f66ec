// SPDX-License-Identifier: Apache-2.0
/// Kernel times where only whole networks were timed.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/measurement/store.h"

namespace forecost::measurement {

/// Runs were timed and no kernel was.
bool tells_only_total(const Record& record);

/// total = a x roofline of kernels with multiply-adds + b x roofline of the others + c x kernels,
/// a, b, c >= 0 by least squares of relative errors over all such records. Each kernel's share of its
/// network's time is its share of that sum. With fewer than 4 records a = b = 1, c = 1 us.
class TotalSplit {
 public:
  TotalSplit(const device::Card& card, std::span<const Record> records);

  /// Seconds per kernel; they sum up to `total`.
  std::vector<double> times(const Record& record, double total) const;

 private:
  double roofline(const layer::Kernel& kernel) const;

  double peak_ = 1e9;       ///< operations per second
  double bandwidth_ = 1e9;  ///< bytes per second
  std::array<double, 3> factors_{1, 1, 1e-6};
};

}  // namespace forecost::measurement
