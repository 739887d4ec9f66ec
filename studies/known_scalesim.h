// SPDX-License-Identifier: Apache-2.0
/// Golden reports of SCALE-Sim v2's own tests: one layer each, on a systolic array.
#pragma once

#include <string>
#include <vector>

#include "forecost/accelerator/systolic.h"
#include "forecost/outcome/outcome.h"

namespace forecost::studies {

struct ScaleSimCase {
  std::string name;
  accelerator::SystolicArray array;
  accelerator::MatrixProduct product;
  double total_cycles = 0;
  double stall_cycles = 0;                                      ///< of its memory model, part of the total
  double input_reads = 0, filter_reads = 0, output_writes = 0;  ///< of on-chip memory
  double mapping_efficiency = 0;                                ///< percent
};

/// The cases of the data folder; none where it is absent. Products are read from the topologies, arrays are
/// those of the tests' configurations. With sparse filters the rows that are kept are those that the golden
/// report reads. Fails: `bad_input` for a report that is not as known.
Result<std::vector<ScaleSimCase>> scalesim_cases();

}  // namespace forecost::studies
