// SPDX-License-Identifier: Apache-2.0
/// Total times of the same networks on many devices, and what a handful of them say of all others on a device
/// that is new: nothing but totals is needed, no layers and no data sheet.
///
///   log time(device, network) = what the network takes on average + how this device differs
///
/// The differences of a device are drawn from one normal distribution, learned from the other devices: fast
/// matrix units, slow memory, 8-bit instructions each move many networks together.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "forecost/numeric/incomplete_normal.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"
#include "forecost/record/csv_table.h"

namespace forecost::predictor {

using TotalTimes = std::map<std::string, Seconds>;  ///< by network

/// Totals by device; devices by name.
using DeviceTotals = std::map<std::string, TotalTimes>;

/// Columns of a file of totals. Several device columns together name a device, their texts joined by " | ".
struct TotalColumns {
  std::vector<std::string> device{"device"};
  std::string network = "network";
  std::string time = "time_ms";  ///< milliseconds
};

/// A device's network that was measured more than once gets its smallest time.
/// Fails: `bad_input` with line and column for a column that is absent, a time that is no positive number.
Result<DeviceTotals> read_totals(const record::CsvTable& csv, const TotalColumns& columns);

struct NetworkTotal {
  std::string network;
  Seconds time;
  Seconds low;  ///< 90 % interval
  Seconds high;
};

class SharedTotals {
 public:
  /// Networks that fewer than a fifth of the devices, or fewer than three, ran are left out.
  /// Fails: `bad_input` with fewer than five devices or two networks. O(devices * networks^3).
  static Result<SharedTotals> fit(const DeviceTotals& devices);

  /// All networks on a device of which some times are known; those of other networks do not count.
  std::vector<NetworkTotal> forecast(const TotalTimes& measured) const;

  /// What to measure on a new device, the most telling first, out of those offered (empty: all).
  std::vector<std::string> most_telling(int count, std::span<const std::string> offered = {}) const;

  const std::vector<std::string>& networks() const { return networks_; }

 private:
  std::vector<std::string> networks_;  ///< sorted
  numeric::IncompleteNormal normal_;
};

}  // namespace forecost::predictor
