// SPDX-License-Identifier: Apache-2.0
/// Measurements of one device as a table, the form in which predictors learn from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "forecost/device/device.h"
#include "forecost/layer/kernel.h"
#include "forecost/quantity/quantity.h"

namespace forecost::measurement {

/// How a kernel's time was obtained.
enum class KernelState {
  in_network,  ///< share of an unprofiled network run, split by the runtime's profile: caches as in real use
  slope,       ///< (time of K copies - time of one) / (K - 1), unprofiled
  imported,    ///< as a foreign file says
  split        ///< share of a network run by fitted roofline times: the runtime tells no kernels
};

struct KernelRow {
  layer::Kernel kernel;
  std::string group;  ///< name of the network it was measured in: cross-validation never splits a group
  Seconds time;       ///< what predictors fit: minimum-based, times the machine's typical median over minimum
  Seconds median;     ///< what a user of this machine sees
  double spread = 0;  ///< (p90 - p10) / median of the samples
  int samples = 0;
  KernelState state = KernelState::in_network;
  std::optional<Joules> energy = {};  ///< of one execution, where it was measured
  std::string cells = {};             ///< of an imported row: JSON object, column -> text
};

struct NetworkRow {
  std::string name;
  std::string group;
  std::int64_t batch = 1;
  std::vector<layer::Kernel> kernels;
  Seconds time;  ///< unprofiled; minimum x the machine's typical median over minimum, which repeats to 2 %
  Seconds median;
  double spread = 0;
  Bytes peak_memory{0};  ///< 0: not measured
};

struct Table {
  device::Card card;
  std::vector<KernelRow> kernels;
  std::vector<NetworkRow> networks;
};

struct Record;

/// Turns records into a table.
///   total = run overhead + sum of kernels, each with the runtime's own work for its node
/// A kernel's time is its profiled median, plus what the profile adds to or leaves out of every node (fitted
/// over all networks with the run overhead, robustly), scaled so that the network's kernels sum up to its
/// unprofiled time less the run overhead; kernels measured by slope get the slope. The card gets the run
/// overhead, the node overhead (the time of the cheapest hundredth of all kernels; it is contained in their
/// times) and the typical ratio of median to minimum. Records whose profile does not match their graph are
/// left out; those of a runtime that tells no node times at all are split (total_split.h). Imported kernels
/// keep the time of their file and the group of their row.
Table tabulate(const device::Card& card, const std::vector<Record>& records);

}  // namespace forecost::measurement
