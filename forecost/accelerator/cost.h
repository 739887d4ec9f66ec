// SPDX-License-Identifier: Apache-2.0
/// What a mapping costs on an accelerator: accesses times the table of energies, and the slowest of
/// arithmetic, buffer and DRAM.
#pragma once

#include <array>

#include "forecost/accelerator/accelerator.h"

namespace forecost::accelerator {

/// What sets the pace.
enum class Pace { arithmetic, buffer, dram };

struct Cost {
  std::array<Joules, part_count> energy = {};  ///< by Part
  double cycles = 0;                           ///< the slowest of arithmetic, buffer and DRAM, which overlap
  double macs = 0;                             ///< zeros included
  double dram_words = 0;                       ///< read and written, coded where the card says so
  double buffer_words = 0;
  Pace pace = Pace::arithmetic;

  Joules total() const;
  Joules of(Part part) const { return energy[static_cast<std::size_t>(part)]; }
  Cost& operator+=(const Cost& other);  ///< one after the other; the pace is that of the longer one
};

/// Energy of the accesses to one memory. Updates are writes.
Joules energy_of(const Use& use, const AccessEnergy& energy);

/// All repeats of the work. `traffic`: of one repeat. Weights narrower than a word are packed: their traffic
/// shrinks by weight_bits / word_bits, and products take product_share().
Cost cost_of(const Accelerator& accelerator, const Hierarchy& hierarchy, const Work& work,
             const Traffic& traffic);

/// Layers without multiply-accumulates: every word comes from DRAM and goes there once, by way of the buffer;
/// an element does one operation per cycle, at the energy of a multiply-accumulate.
Cost stream_cost(const Accelerator& accelerator, double words_read, double words_written, double operations);

/// What the mapper compares.
double aimed(const Cost& cost, Aim aim);

}  // namespace forecost::accelerator
