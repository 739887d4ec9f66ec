// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/card.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "forecost/outcome/nearest.h"
#include "forecost/record/toml_tree.h"

namespace forecost::accelerator {
namespace {

using record::TableReader;
using record::TomlNode;

constexpr double most = 1e12;

/// One of a few words; refuses others.
template <typename Choice, std::size_t Count>
Choice chosen(TableReader& table, std::string_view key, Choice fallback,
              const std::array<Choice, Count>& choices) {
  const std::string word = table.text(key, std::string(name_of(fallback)));
  std::vector<std::string> names;
  for (const Choice choice : choices) {
    if (word == name_of(choice)) return choice;
    names.emplace_back(name_of(choice));
  }
  table.refuse(table.find(key)->place, fmt::format("'{}' is '{}'", key, word),
               fmt::format("one of {}", fmt::join(names, ", ")));
  return fallback;
}

/// A part of the file as a table of its own; errors go to the whole.
template <typename Read>
void with_table(TableReader& whole, std::string_view key, Read read) {
  const TomlNode* node = whole.find(key);
  if (node == nullptr) return;
  TableReader table(*node, fmt::format("[{}]", key));
  read(table);
  const Status status = table.status();
  if (!status) whole.refuse(status.error());
}

/// "buffer = 6" in multiply-accumulates, or "buffer = { read_pj = 18.2, write_pj = 14.1 }".
AccessEnergy access_energy(TableReader& table, std::string_view key, AccessEnergy fallback, Joules mac) {
  const TomlNode* node = table.find(key);
  if (node == nullptr) return fallback;
  if (node->kind != TomlNode::Kind::table) {
    const Joules energy = mac * table.number(key, 0, 0, most);
    return {energy, energy};
  }
  with_table(table, key, [&](TableReader& inner) {
    if (inner.require("read_pj", "read_pj = 18.2") != nullptr) {
      fallback.read = Joules(inner.number("read_pj", 0, 0, most) * 1e-12);
    }
    if (inner.require("write_pj", "write_pj = 14.1") != nullptr) {
      fallback.write = Joules(inner.number("write_pj", 0, 0, most) * 1e-12);
    }
  });
  return fallback;
}

void read_energy(TableReader& table, EnergyTable& energy) {
  energy.bits = static_cast<int>(table.integer("bits", energy.bits, 1, 64));
  const Joules before = energy.mac;
  energy.mac = Joules(table.number("mac_pj", energy.mac.value * 1e12, 0, most) * 1e-12);
  if (before.value > 0) {  // what the card does not name keeps its ratio to a multiply-accumulate
    const double ratio = energy.mac / before;
    for (AccessEnergy* access : {&energy.registers, &energy.buffer, &energy.dram}) {
      *access = {access->read * ratio, access->write * ratio};
    }
    energy.hop = energy.hop * ratio;
  }
  energy.registers = access_energy(table, "registers", energy.registers, energy.mac);
  energy.hop = access_energy(table, "network", {energy.hop, energy.hop}, energy.mac).read;
  energy.buffer = access_energy(table, "buffer", energy.buffer, energy.mac);
  energy.dram = access_energy(table, "dram", energy.dram, energy.mac);
}

void read_buffer(TableReader& table, Accelerator& card) {
  card.buffer_bytes = static_cast<std::int64_t>(
      table.number("kib", static_cast<double>(card.buffer_bytes) / 1024, 0, most) * 1024);
  card.buffer_words_per_cycle = table.number("words_per_cycle", card.buffer_words_per_cycle, 0, most);
  const TomlNode* keeps = table.find("keeps");
  if (keeps == nullptr) return;
  card.buffer_keeps = {};
  for (const std::string& word : table.texts("keeps")) {
    const auto* const tensor =
        std::find_if(all_tensors.begin(), all_tensors.end(), [&](Tensor t) { return word == name_of(t); });
    if (tensor == all_tensors.end()) {
      table.refuse(keeps->place, fmt::format("'keeps' names '{}'", word), "of weights, inputs, outputs");
      return;
    }
    card.buffer_keeps[index_of(*tensor)] = true;
  }
}

Result<Accelerator> base_of(TableReader& table, const TomlNode& tree) {
  const std::string base = table.text("base", "eyeriss");
  const AcceleratorEntry* entry = find_accelerator(base);
  if (entry != nullptr) return entry->accelerator();
  std::vector<std::string> names;
  for (const AcceleratorEntry& known : accelerator_list()) names.emplace_back(known.name);
  return Error{Fault::not_found, fmt::format("there is no built-in accelerator '{}'", base),
               to_string(tree.find("base")->place), did_you_mean(base, names)};
}

}  // namespace

Result<Accelerator> parse_card(std::string_view text, const std::string& name) {
  FORECOST_TRY(const TomlNode tree, record::parse_toml(text, name));
  TableReader table(tree, "the card");
  FORECOST_TRY(Accelerator card, base_of(table, tree));
  card.source = name;
  if (table.require("name", "name = \"my_array\"") != nullptr) card.name = table.text("name", card.name);
  card.clock_hz = table.number("clock_mhz", card.clock_hz / 1e6, 0, most) * 1e6;
  card.rows = table.integer("rows", card.rows, 1, 1 << 20);
  card.columns = table.integer("columns", card.columns, 1, 1 << 20);
  card.word_bits = static_cast<int>(table.integer("word_bits", card.word_bits, 1, 64));
  card.dataflow =
      chosen(table, "dataflow", card.dataflow,
             std::array{Dataflow::row_stationary, Dataflow::weight_stationary, Dataflow::output_stationary});
  card.aim = chosen(table, "aim", card.aim, std::array{Aim::energy_delay, Aim::energy, Aim::delay});
  card.halo = table.flag("shares_rows", card.halo == Halo::shared) ? Halo::shared : Halo::separate;
  with_table(table, "registers", [&](TableReader& inner) {
    for (const Tensor tensor : all_tensors) {
      std::int64_t& words = card.registers[index_of(tensor)];
      words = inner.integer(name_of(tensor), words, 1, std::int64_t{1} << 40);
    }
  });
  with_table(table, "buffer", [&](TableReader& inner) { read_buffer(inner, card); });
  with_table(table, "dram", [&](TableReader& inner) {
    card.dram_words_per_cycle = inner.number("words_per_cycle", card.dram_words_per_cycle, 0, most);
  });
  with_table(table, "energy", [&](TableReader& inner) { read_energy(inner, card.energy); });
  with_table(table, "sparsity", [&](TableReader& inner) {
    card.sparsity.weights = inner.number("zero_weights", card.sparsity.weights, 0, 1);
    card.sparsity.activations = inner.number("zero_activations", card.sparsity.activations, 0, 1);
    card.sparsity.gates = inner.flag("gates", card.sparsity.gates);
    card.sparsity.compresses = inner.flag("compresses", card.sparsity.compresses);
  });
  FORECOST_TRY([[maybe_unused]] const Done done, table.status());
  card.summary =
      fmt::format("{} x {} elements, {}, {} KiB buffer, {} bit, {} MHz", card.rows, card.columns,
                  name_of(card.dataflow), card.buffer_bytes / 1024, card.word_bits, card.clock_hz / 1e6);
  card.energy = scaled(card.energy, card.word_bits);
  FORECOST_TRY([[maybe_unused]] const Done sound, check(card));
  return card;
}

}  // namespace forecost::accelerator
