// SPDX-License-Identifier: Apache-2.0
/// The best mapping of a work onto an accelerator, among those that its dataflow allows.
///
///   row stationary      columns: output columns, filters      rows: filter columns, channels, filters
///                       registers: filter rows and channels under the weights, filters under the sums
///   weight stationary   columns: filters                      rows: channels
///                       registers: filter rows, columns, channels under the weights, filters under the sums
///   output stationary   columns: output columns, filters      rows: output rows, images, filters
///                       registers: filter rows, columns and channels under the sums
///
/// The rest is tiled between buffer and DRAM, each in the three orders that let weights, inputs or sums stay.
/// Tiles are such that the last is about as large as the others, in steps of a quarter in registers and
/// across the array, of a half in the buffer. The search is exhaustive over the array and its registers, most
/// promising first (by a cost with a buffer without limit, which is a lower bound), and over the buffer for
/// the most promising, until the bound says that none can be better.
#pragma once

#include "forecost/accelerator/cost.h"

namespace forecost::accelerator {

struct Mapping {
  Nest nest;
  Traffic traffic;  ///< of one repeat
  Cost cost;        ///< of all repeats
  std::size_t tried = 0;

  double utilisation(const Accelerator& accelerator) const {
    return cost.macs / (cost.cycles * static_cast<double>(accelerator.elements()));
  }
};

/// Deterministic. A larger buffer never makes the result worse by the accelerator's aim. Some ten
/// milliseconds; more for batches, which have one loop more.
/// Fails: `unsupported` when not even single words of all tensors fit, naming the memory.
Result<Mapping> map_work(const Accelerator& accelerator, const Work& work);

/// Tile sizes that cut `extent` into pieces about equally large, none above `most`: from the largest down,
/// each at most 1 / ratio of the one before, the last 1.
std::vector<std::int64_t> tile_sizes(std::int64_t extent, std::int64_t most, double ratio);

/// Loops of every memory, outermost first, a star behind those spread over the array: "c4 p7 | p8 q14* s3* |
/// ...".
std::string to_text(const Nest& nest);

}  // namespace forecost::accelerator
