// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/accelerator.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace forecost::accelerator {
namespace {

Keeps only(Tensor tensor) {
  Keeps keeps = {};
  keeps[index_of(tensor)] = true;
  return keeps;
}

std::array<Tensor, tensor_count> register_order(Dataflow dataflow) {
  switch (dataflow) {
    case Dataflow::row_stationary:
      return {Tensor::inputs, Tensor::weights, Tensor::outputs};
    case Dataflow::weight_stationary:
      return {Tensor::weights, Tensor::inputs, Tensor::outputs};
    case Dataflow::output_stationary:
      break;
  }
  return {Tensor::outputs, Tensor::inputs, Tensor::weights};
}

Joules times(Joules energy, double factor) {
  return energy * factor;
}

AccessEnergy times(AccessEnergy energy, double factor) {
  return {energy.read * factor, energy.write * factor};
}

}  // namespace

std::string_view name_of(Dataflow dataflow) {
  switch (dataflow) {
    case Dataflow::row_stationary:
      return "row_stationary";
    case Dataflow::weight_stationary:
      return "weight_stationary";
    case Dataflow::output_stationary:
      break;
  }
  return "output_stationary";
}

std::string_view name_of(Aim aim) {
  switch (aim) {
    case Aim::energy_delay:
      return "energy_delay";
    case Aim::energy:
      return "energy";
    case Aim::delay:
      break;
  }
  return "delay";
}

std::string_view name_of(Part part) {
  constexpr std::array<std::string_view, part_count> names = {"arithmetic", "registers", "network", "buffer",
                                                              "dram"};
  return names[static_cast<std::size_t>(part)];
}

Hierarchy hierarchy_of(const Accelerator& accelerator) {
  Hierarchy result;
  result.keeps = {{true, true, true}, accelerator.buffer_keeps};
  for (const Tensor tensor : register_order(accelerator.dataflow)) {
    result.registers[index_of(tensor)] = result.keeps.size();
    result.keeps.push_back(only(tensor));
  }
  return result;
}

namespace {

constexpr double adder = 0.05, multiplier = 0.9;  // pJ of 16-bit words

}  // namespace

double product_share(int word_bits, int weight_bits, int weight_shifts) {
  const double word = static_cast<double>(word_bits) / 16;
  const double narrow = std::min(word, static_cast<double>(weight_bits) / 16);
  const double whole = adder * word + multiplier * word * word;
  if (weight_shifts > 0) return std::min(1.0, 2 * adder * word * weight_shifts / whole);
  return weight_bits > 0 ? (adder * word + multiplier * word * narrow) / whole : 1.0;
}

EnergyTable scaled(const EnergyTable& table, int bits) {
  const double ratio = static_cast<double>(bits) / table.bits;
  const double from = static_cast<double>(table.bits) / 16;
  const double to = static_cast<double>(bits) / 16;
  const auto arithmetic = [](double width) { return adder * width + multiplier * width * width; };
  return {.bits = bits,
          .mac = times(table.mac, arithmetic(to) / arithmetic(from)),
          .registers = times(table.registers, ratio),
          .hop = times(table.hop, ratio),
          .buffer = times(table.buffer, ratio),
          .dram = times(table.dram, ratio)};
}

double coded_share(double zeros, int word_bits) {
  constexpr int packet = 64;
  const int run = word_bits > 8 ? 5 : 4;
  const int words = packet / (word_bits + run);
  if (words == 0) return 1;
  const double bits_per_word = static_cast<double>(packet) / words;
  return std::min(1.0, (1 - zeros) * bits_per_word / word_bits);
}

Status check(const Accelerator& accelerator) {
  const auto refuse = [&](std::string what, std::string hint) -> Status {
    return Error{Fault::bad_input, std::move(what), accelerator.name, std::move(hint)};
  };
  if (accelerator.rows < 1 || accelerator.columns < 1) {
    return refuse("the array has no elements", "give 'rows' and 'columns' of at least 1");
  }
  if (!(accelerator.clock_hz > 0)) return refuse("the clock stands still", "give a positive 'clock_mhz'");
  if (accelerator.word_bits < 1 || accelerator.word_bits > 64) {
    return refuse(fmt::format("words of {} bits", accelerator.word_bits), "give 'word_bits' of 1 to 64");
  }
  if (*std::min_element(accelerator.registers.begin(), accelerator.registers.end()) < 1) {
    return refuse("an element without registers", "give every tensor at least one word in [registers]");
  }
  std::int64_t least = 0;  // one word of each tensor that the buffer keeps, for every element
  for (const bool kept : accelerator.buffer_keeps) least += kept ? accelerator.elements() : 0;
  if (accelerator.buffer_words() < least) {
    return refuse(fmt::format("a buffer of {} words under {} elements", accelerator.buffer_words(),
                              accelerator.elements()),
                  fmt::format("give it at least {} words in [buffer] kib", least));
  }
  const auto share = [](double zeros) { return zeros >= 0 && zeros <= 1; };
  if (!share(accelerator.sparsity.weights) || !share(accelerator.sparsity.activations)) {
    return refuse("a share of zeros outside of 0 ... 1", "correct [sparsity]");
  }
  return Done{};
}

const AcceleratorEntry* find_accelerator(std::string_view name) {
  for (const AcceleratorEntry& entry : accelerator_list()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace forecost::accelerator
