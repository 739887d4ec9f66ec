// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/cost.h"

#include <algorithm>

namespace forecost::accelerator {
namespace {

double words_of(const Use& use) {
  return use.reads + use.fills + use.updates;
}

void set_pace(const Accelerator& accelerator, double steps, Cost& cost) {
  const auto cycles = [](double words, double per_cycle) { return per_cycle > 0 ? words / per_cycle : 0.0; };
  const double buffer = cycles(cost.buffer_words, accelerator.buffer_words_per_cycle);
  const double dram = cycles(cost.dram_words, accelerator.dram_words_per_cycle);
  cost.cycles = std::max({steps, buffer, dram});
  cost.pace = steps >= std::max(buffer, dram) ? Pace::arithmetic : dram >= buffer ? Pace::dram : Pace::buffer;
}

double coded(const Accelerator& accelerator, double zeros) {
  return accelerator.sparsity.compresses ? coded_share(zeros, accelerator.word_bits) : 1.0;
}

/// At most 1.
double share_of_word(const Accelerator& accelerator, int bits) {
  return bits == 0 ? 1.0 : std::min(1.0, static_cast<double>(bits) / accelerator.word_bits);
}

Joules& part(Cost& cost, Part which) {
  return cost.energy[static_cast<std::size_t>(which)];
}

}  // namespace

Joules Cost::total() const {
  Joules sum;
  for (const Joules& one : energy) sum += one;
  return sum;
}

Cost& Cost::operator+=(const Cost& other) {
  if (other.cycles > cycles) pace = other.pace;
  for (std::size_t i = 0; i < energy.size(); ++i) energy[i] += other.energy[i];
  cycles += other.cycles;
  macs += other.macs;
  dram_words += other.dram_words;
  buffer_words += other.buffer_words;
  return *this;
}

Joules energy_of(const Use& use, const AccessEnergy& energy) {
  return energy.read * use.reads + energy.write * (use.fills + use.updates);
}

Cost cost_of(const Accelerator& accelerator, const Hierarchy& hierarchy, const Work& work,
             const Traffic& traffic) {
  const EnergyTable& table = accelerator.energy;
  const Sparsity& sparsity = accelerator.sparsity;
  const auto repeats = static_cast<double>(work.repeats);
  const double busy = sparsity.gates ? (1 - sparsity.activations) * (1 - sparsity.weights) : 1.0;
  Cost cost;
  const double narrow = share_of_word(accelerator, work.weight_bits);
  const double product = product_share(accelerator.word_bits, work.weight_bits, work.weight_shifts);
  cost.macs = work.macs() * repeats;
  part(cost, Part::arithmetic) = table.mac * (cost.macs * busy * product);
  for (const Tensor tensor : all_tensors) {
    Use dram = traffic.at(dram_memory, tensor);
    const double packed = tensor == Tensor::weights ? narrow : 1.0;
    const double share =
        packed * coded(accelerator, tensor == Tensor::weights ? sparsity.weights : sparsity.activations);
    dram = {dram.reads * share, dram.fills * share, dram.updates * share};
    cost.dram_words += words_of(dram) * repeats;
    part(cost, Part::dram) += energy_of(dram, table.dram) * repeats;
    if (accelerator.buffer_keeps[index_of(tensor)]) {
      const Use& buffer = traffic.at(buffer_memory, tensor);
      cost.buffer_words += words_of(buffer) * repeats * packed;
      part(cost, Part::buffer) += energy_of(buffer, table.buffer) * (repeats * packed);
    }
    Use registers = traffic.at(hierarchy.registers[index_of(tensor)], tensor);
    if (tensor != Tensor::inputs) {  // the input is read to see whether it is zero
      registers.reads *= busy;
      registers.updates *= busy;
    }
    part(cost, Part::registers) += energy_of(registers, table.registers) * (repeats * packed);
    part(cost, Part::network) += table.hop * (traffic.hops[index_of(tensor)] * repeats * packed);
  }
  set_pace(accelerator, traffic.steps * repeats, cost);
  return cost;
}

Cost stream_cost(const Accelerator& accelerator, double words_read, double words_written, double operations) {
  const EnergyTable& table = accelerator.energy;
  const double share = coded(accelerator, accelerator.sparsity.activations);
  Cost cost;
  cost.dram_words = (words_read + words_written) * share;
  cost.buffer_words = 2 * (words_read + words_written);
  part(cost, Part::arithmetic) = table.mac * operations;
  part(cost, Part::dram) = energy_of({words_read * share, 0, words_written * share}, table.dram);
  part(cost, Part::buffer) =
      energy_of({words_read + words_written, words_read + words_written, 0}, table.buffer);
  set_pace(accelerator, operations / static_cast<double>(accelerator.elements()), cost);
  return cost;
}

double aimed(const Cost& cost, Aim aim) {
  switch (aim) {
    case Aim::energy:
      return cost.total().value;
    case Aim::delay:
      return cost.cycles;
    case Aim::energy_delay:
      break;
  }
  return cost.total().value * cost.cycles;
}

}  // namespace forecost::accelerator
