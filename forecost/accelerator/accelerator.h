// SPDX-License-Identifier: Apache-2.0
/// A spatial array: processing elements in rows and columns, each with registers, under one buffer and DRAM.
/// Described, not measured: what it costs follows from counts of accesses and a table of energies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "forecost/accelerator/nest.h"
#include "forecost/outcome/outcome.h"
#include "forecost/quantity/quantity.h"

namespace forecost::accelerator {

/// What stays in an element's registers while everything else passes.
enum class Dataflow {
  row_stationary,     ///< rows of filters and inputs; sums run down the columns (Eyeriss)
  weight_stationary,  ///< weights; channels down the rows, filters across the columns
  output_stationary   ///< sums; rows and columns of outputs, or filters
};
std::string_view name_of(Dataflow dataflow);

/// What the mapper makes small.
enum class Aim { energy_delay, energy, delay };
std::string_view name_of(Aim aim);

/// Energy of one word.
struct AccessEnergy {
  Joules read;
  Joules write;
};

/// Where energy goes.
enum class Part : std::uint8_t { arithmetic, registers, network, buffer, dram };
inline constexpr std::size_t part_count = 5;
inline constexpr std::array<Part, part_count> all_parts = {Part::arithmetic, Part::registers, Part::network,
                                                           Part::buffer, Part::dram};
std::string_view name_of(Part part);

/// Of words of `bits`. The ratios 1, 1, 2, 6, 200 of arithmetic, registers, network, buffer and DRAM are
/// those of Chen, Emer, Sze: Eyeriss, ISCA 2016.
struct EnergyTable {
  int bits = 16;
  Joules mac{1e-12};
  AccessEnergy registers{Joules(1e-12), Joules(1e-12)};
  Joules hop{2e-12};  ///< a word from one element to the next
  AccessEnergy buffer{Joules(6e-12), Joules(6e-12)};
  AccessEnergy dram{Joules(200e-12), Joules(200e-12)};
};

/// Shares of zeros, and what they save. Cycles stay the same.
struct Sparsity {
  double weights = 0;
  double activations = 0;   ///< of inputs and outputs
  bool gates = false;       ///< a zero factor saves the multiplication, the other factor and the sum
  bool compresses = false;  ///< words travel to and from DRAM run-length coded, see `coded_share`
};

struct Accelerator {
  std::string name;
  std::string summary;
  std::string source;
  double clock_hz = 200e6;
  std::int64_t rows = 12;
  std::int64_t columns = 14;
  int word_bits = 16;
  Dataflow dataflow = Dataflow::row_stationary;
  Aim aim = Aim::energy_delay;
  Halo halo = Halo::shared;
  std::array<std::int64_t, tensor_count> registers = {224, 12, 24};  ///< words per element, by Tensor
  std::int64_t buffer_bytes = std::int64_t{108} * 1024;
  Keeps buffer_keeps = {false, true, true};  ///< what does not stay in the buffer comes from DRAM
  double buffer_words_per_cycle = 0;         ///< reads and writes together, 0: never the limit
  double dram_words_per_cycle = 0;           ///< likewise
  EnergyTable energy;
  Sparsity sparsity;

  std::int64_t elements() const { return rows * columns; }
  std::int64_t buffer_words() const { return buffer_bytes * 8 / word_bits; }
};

/// The memories of an accelerator, outermost first: DRAM, buffer, and registers in the order of the dataflow.
struct Hierarchy {
  std::vector<Keeps> keeps;
  std::array<std::size_t, tensor_count> registers = {};  ///< index of a tensor's registers
};
inline constexpr std::size_t dram_memory = 0;
inline constexpr std::size_t buffer_memory = 1;
Hierarchy hierarchy_of(const Accelerator& accelerator);

/// The table for words of `bits`: memories and hops in proportion; multipliers with the square, adders in
/// proportion, 0.9 and 0.05 pJ of a 16-bit multiply-accumulate at 45 nm (Horowitz, ISSCC 2014).
EnergyTable scaled(const EnergyTable& table, int bits);

/// Energy of a multiply-accumulate with a weight of fewer bits, over that of two words, by the same adders
/// and multipliers: a multiplier in proportion to its narrow side. A weight that is a sum of `weight_shifts`
/// powers of two takes a shift and an addition for each, a shift counted as an adder. 1 for `weight_bits` 0.
double product_share(int word_bits, int weight_bits, int weight_shifts);

/// Bits that a word needs in run-length code over its bits, at most 1: the zeros before each other word in 5
/// bits, 4 for words of up to 8 bits, and as many pairs as go into 64 bits: 3 of 16 bits (Eyeriss), 5 of 8.
double coded_share(double zeros, int word_bits);

/// Fails: `bad_input` for sizes, clocks or shares that no array can have, naming the card's key.
Status check(const Accelerator& accelerator);

/// A built-in accelerator. One file in cards/, one line in cards.txt, one test.
struct AcceleratorEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view source;
  Accelerator (*accelerator)() = nullptr;
};
const std::vector<AcceleratorEntry>& accelerator_list();
const AcceleratorEntry* find_accelerator(std::string_view name);

}  // namespace forecost::accelerator
