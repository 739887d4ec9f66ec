// SPDX-License-Identifier: Apache-2.0
/// Reference outputs of Timeloop and Accelergy: a problem, a mapping, energies per access, and what they add
/// up to at every memory.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "forecost/accelerator/nest.h"
#include "forecost/outcome/outcome.h"

namespace forecost::studies {

/// What Timeloop prints for one tensor at one memory.
struct TimeloopUse {
  double reads = 0, fills = 0, updates = 0;  ///< per copy in use
  double copies = 0;
  double energy_pj = 0;  ///< all copies
};

struct TimeloopMemory {
  std::string name;
  double words_per_access = 1;
  double copies = 1;   ///< there are
  double cluster = 1;  ///< copies that one access serves
  double read_pj = 0, write_pj = 0, update_pj = 0, leak_pj = 0;
  accelerator::Keeps keeps = {};
  std::array<TimeloopUse, accelerator::tensor_count> use = {};
};

struct TimeloopCase {
  std::string name;
  accelerator::Work work;
  accelerator::Nest nest;
  std::vector<TimeloopMemory> memories;  ///< outermost first, as in the nest
  double mac_pj = 0;
  double cycles = 0;
  double mac_energy_pj = 0;    ///< all
  double total_energy_uj = 0;  ///< as printed, two decimals
};

/// The cases of the data folder; none where it is absent. Fails: `bad_input` for a file that is not as known.
Result<std::vector<TimeloopCase>> timeloop_cases();

/// Largest relative differences between ours and theirs.
struct TimeloopGap {
  double counts = 0;
  double energy = 0;
};
/// Per memory, in order.
std::vector<TimeloopGap> gaps_of(const TimeloopCase& reference);
/// Our total with leakage, microjoules.
double total_energy_uj(const TimeloopCase& reference);

}  // namespace forecost::studies
