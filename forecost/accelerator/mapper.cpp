// SPDX-License-Identifier: Apache-2.0
#include "forecost/accelerator/mapper.h"

#include <algorithm>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace forecost::accelerator {
namespace {

constexpr std::size_t explored = 24;  // arrays with registers whose buffers are searched
constexpr double fine_steps = 1.25;   // between sizes in registers and across the array
constexpr double buffer_steps = 1.5;  // between sizes in the buffer
constexpr std::size_t order_count = 3;

enum class Place {
  columns,
  rows,
  weights,
  inputs,
  outputs
};  // the last three: loops of a tensor's registers

struct Slot {
  Dim dim;
  Place place;
  bool whole = false;  ///< as much as fits, no choice
};

std::span<const Slot> slots_of(Dataflow dataflow) {
  static constexpr Slot row[] = {{Dim::s, Place::rows, true}, {Dim::r, Place::weights, true},
                                 {Dim::q, Place::columns},    {Dim::c, Place::weights},
                                 {Dim::m, Place::outputs},    {Dim::c, Place::rows},
                                 {Dim::m, Place::rows},       {Dim::m, Place::columns}};
  static constexpr Slot weight[] = {{Dim::m, Place::columns},       {Dim::c, Place::rows},
                                    {Dim::r, Place::weights, true}, {Dim::s, Place::weights, true},
                                    {Dim::c, Place::weights},       {Dim::m, Place::outputs}};
  static constexpr Slot output[] = {
      {Dim::r, Place::outputs, true}, {Dim::s, Place::outputs, true}, {Dim::c, Place::outputs, true},
      {Dim::q, Place::columns},       {Dim::m, Place::columns},       {Dim::p, Place::rows},
      {Dim::n, Place::rows},          {Dim::m, Place::rows},          {Dim::m, Place::inputs}};
  switch (dataflow) {
    case Dataflow::row_stationary:
      return row;
    case Dataflow::weight_stationary:
      return weight;
    case Dataflow::output_stationary:
      break;
  }
  return output;
}

/// Outermost first; the loops at the end do not move weights, inputs and sums, in this order.
constexpr std::array<std::array<Dim, dim_count>, order_count> orders = {{
    {Dim::c, Dim::m, Dim::r, Dim::s, Dim::n, Dim::q, Dim::p},
    {Dim::n, Dim::c, Dim::q, Dim::p, Dim::r, Dim::s, Dim::m},
    {Dim::n, Dim::m, Dim::q, Dim::p, Dim::c, Dim::r, Dim::s},
}};

std::int64_t pieces(std::int64_t whole, std::int64_t part) {
  return (whole + part - 1) / part;
}

/// What stands below the buffer: one size per slot.
struct Array {
  std::vector<std::int64_t> sizes;
  Extents tile = {1, 1, 1, 1, 1, 1, 1};
  double bound = 0;
};

/// Turns of the loops above the array.
struct Tiling {
  Extents dram = {1, 1, 1, 1, 1, 1, 1};
  Extents buffer = {1, 1, 1, 1, 1, 1, 1};
  std::size_t dram_order = 0;
  std::size_t buffer_order = 0;
};

class Mapper {
 public:
  Mapper(const Accelerator& accelerator, const Work& work)
      : accelerator_(accelerator),
        work_(work),
        hierarchy_(hierarchy_of(accelerator)),
        slots_(slots_of(accelerator.dataflow)) {}

  Result<Mapping> best() {
    Array array;
    choose(array);
    std::stable_sort(arrays_.begin(), arrays_.end(),
                     [](const Array& a, const Array& b) { return a.bound < b.bound; });
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      const bool found = !best_.nest.start.empty();
      if (found && (i >= explored || arrays_[i].bound > least_)) break;
      tile(arrays_[i]);
    }
    if (best_.nest.start.empty()) {
      return Error{Fault::unsupported, "not even the smallest tile fits into the buffer", accelerator_.name,
                   "give [buffer] more kib"};
    }
    best_.tried = tried_;
    return std::move(best_);
  }

 private:
  std::size_t memory_of(Place place) const {
    switch (place) {
      case Place::weights:
        return hierarchy_.registers[index_of(Tensor::weights)];
      case Place::inputs:
        return hierarchy_.registers[index_of(Tensor::inputs)];
      case Place::outputs:
        return hierarchy_.registers[index_of(Tensor::outputs)];
      case Place::columns:
      case Place::rows:
        break;
    }
    return buffer_memory;
  }

  /// Whether the sizes chosen so far fit into the array and its registers.
  bool fits(const Array& array) {
    std::int64_t columns = 1, rows = 1;
    for (std::size_t i = 0; i < array.sizes.size(); ++i) {
      if (slots_[i].place == Place::columns) columns *= array.sizes[i];
      if (slots_[i].place == Place::rows) rows *= array.sizes[i];
    }
    if (columns > accelerator_.columns || rows > accelerator_.rows) return false;
    build(array, {});
    for (const Tensor tensor : all_tensors) {
      const auto limit = static_cast<double>(accelerator_.registers[index_of(tensor)]);
      if (tile_words(work_, nest_, hierarchy_.registers[index_of(tensor)], tensor) > limit) return false;
    }
    return true;
  }

  std::int64_t most_of(const Slot& slot, std::int64_t left) const {
    if (slot.place == Place::columns) return std::min(left, accelerator_.columns);
    if (slot.place == Place::rows) return std::min(left, accelerator_.rows);
    return left;
  }

  /// Every combination of sizes, by recursion over the slots.
  void choose(Array& array) {
    const std::size_t at = array.sizes.size();
    if (at == slots_.size()) {
      array.bound = bound(array);
      arrays_.push_back(array);
      return;
    }
    const Slot& slot = slots_[at];
    const std::size_t d = index_of(slot.dim);
    const std::int64_t left = pieces(work_.extent[d], array.tile[d]);
    for (const std::int64_t size : tile_sizes(left, most_of(slot, left), slot.whole ? 1.0 : fine_steps)) {
      array.sizes.push_back(size);
      array.tile[d] *= size;
      const bool fitting = fits(array);
      if (fitting) choose(array);
      array.tile[d] /= size;
      array.sizes.pop_back();
      if (fitting && slot.whole) return;
    }
  }

  /// The nest of an array below buffer and DRAM, into nest_.
  void build(const Array& array, const Tiling& tiling) {
    nest_.loops.clear();
    nest_.start.assign(1, 0);
    const auto add = [this](Dim dim, std::int64_t turns, bool spread) {
      if (turns > 1) nest_.loops.push_back({dim, turns, spread});
    };
    for (const Dim dim : orders[tiling.dram_order]) add(dim, tiling.dram[index_of(dim)], false);
    nest_.start.push_back(nest_.loops.size());
    for (const Dim dim : orders[tiling.buffer_order]) add(dim, tiling.buffer[index_of(dim)], false);
    for (const Place place : {Place::columns, Place::rows}) {
      for (std::size_t i = 0; i < array.sizes.size(); ++i) {
        if (slots_[i].place == place) add(slots_[i].dim, array.sizes[i], true);
      }
    }
    for (std::size_t memory = buffer_memory + 1; memory < hierarchy_.keeps.size(); ++memory) {
      nest_.start.push_back(nest_.loops.size());
      for (std::size_t i = 0; i < array.sizes.size(); ++i) {
        const Place place = slots_[i].place;
        if (place == Place::columns || place == Place::rows || memory_of(place) != memory) continue;
        add(slots_[i].dim, array.sizes[i], false);
      }
    }
  }

  Cost cost_here() {
    ++tried_;
    traffic_ = traffic_of(work_, nest_, hierarchy_.keeps, accelerator_.halo);
    return cost_of(accelerator_, hierarchy_, work_, traffic_);
  }

  /// No tiling of this array costs less: with everything in the buffer, in the best order.
  double bound(const Array& array) {
    Tiling tiling;
    for (std::size_t d = 0; d < dim_count; ++d) tiling.buffer[d] = pieces(work_.extent[d], array.tile[d]);
    double energy = std::numeric_limits<double>::infinity(), cycles = energy;
    for (tiling.buffer_order = 0; tiling.buffer_order < order_count; ++tiling.buffer_order) {
      build(array, tiling);
      const Cost cost = cost_here();
      energy = std::min(energy, cost.total().value);
      cycles = std::min(cycles, cost.cycles);
    }
    Cost least;
    least.energy[0] = Joules(energy);
    least.cycles = cycles;
    return aimed(least, accelerator_.aim);
  }

  bool fits_buffer() const {
    double words = 0;
    for (const Tensor tensor : all_tensors) {
      if (accelerator_.buffer_keeps[index_of(tensor)])
        words += tile_words(work_, nest_, buffer_memory, tensor);
    }
    return words <= static_cast<double>(accelerator_.buffer_words());
  }

  /// Every tiling of the buffer under every pair of orders.
  void tile(const Array& array) {
    std::array<std::vector<std::int64_t>, dim_count> choices;
    Extents blocks = {};
    for (std::size_t d = 0; d < dim_count; ++d) {
      blocks[d] = pieces(work_.extent[d], array.tile[d]);
      const bool filter = d == index_of(Dim::r) || d == index_of(Dim::s);
      choices[d] =
          filter ? std::vector<std::int64_t>{blocks[d]} : tile_sizes(blocks[d], blocks[d], buffer_steps);
    }
    Tiling tiling;
    tile_from(array, choices, blocks, tiling, 0);
  }

  void tile_from(const Array& array, const std::array<std::vector<std::int64_t>, dim_count>& choices,
                 const Extents& blocks, Tiling& tiling, std::size_t d) {
    if (d == dim_count) {
      weigh(array, tiling);
      return;
    }
    for (const std::int64_t size : choices[d]) {
      tiling.buffer[d] = size;
      tiling.dram[d] = pieces(blocks[d], size);
      tile_from(array, choices, blocks, tiling, d + 1);
    }
  }

  /// One loop alone has no order.
  static std::size_t orders_of(const Extents& turns) {
    const auto loops =
        std::count_if(turns.begin(), turns.end(), [](std::int64_t count) { return count > 1; });
    return loops > 1 ? order_count : 1;
  }

  void weigh(const Array& array, Tiling& tiling) {
    tiling.dram_order = tiling.buffer_order = 0;
    build(array, tiling);
    if (!fits_buffer()) return;
    const std::size_t dram_orders = orders_of(tiling.dram), buffer_orders = orders_of(tiling.buffer);
    for (tiling.dram_order = 0; tiling.dram_order < dram_orders; ++tiling.dram_order) {
      for (tiling.buffer_order = 0; tiling.buffer_order < buffer_orders; ++tiling.buffer_order) {
        build(array, tiling);
        const Cost cost = cost_here();
        const double value = aimed(cost, accelerator_.aim);
        const bool better =
            value < least_ || (value == least_ && cost.total().value < best_.cost.total().value);
        if (!better) continue;
        least_ = value;
        best_.nest = nest_;
        best_.traffic = traffic_;
        best_.cost = cost;
      }
    }
  }

  const Accelerator& accelerator_;
  const Work& work_;
  Hierarchy hierarchy_;
  std::span<const Slot> slots_;
  std::vector<Array> arrays_;
  Nest nest_;
  Traffic traffic_;
  Mapping best_;
  double least_ = std::numeric_limits<double>::infinity();
  std::size_t tried_ = 0;
};

}  // namespace

std::vector<std::int64_t> tile_sizes(std::int64_t extent, std::int64_t most, double ratio) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t parts = pieces(extent, most);;) {
    const std::int64_t size = pieces(extent, parts);
    sizes.push_back(size);
    if (size == 1) return sizes;
    const auto next = std::min(size - 1, static_cast<std::int64_t>(static_cast<double>(size) / ratio));
    parts = pieces(extent, std::max<std::int64_t>(1, next));
  }
}

std::string to_text(const Nest& nest) {
  constexpr std::string_view letters = "nmcpqrs";
  std::string text;
  for (std::size_t memory = 0; memory < nest.start.size(); ++memory) {
    const std::size_t end = memory + 1 < nest.start.size() ? nest.start[memory + 1] : nest.loops.size();
    if (memory > 0) text += " |";
    for (std::size_t i = nest.start[memory]; i < end; ++i) {
      const Loop& loop = nest.loops[i];
      text += fmt::format(" {}{}{}", letters[index_of(loop.dim)], loop.turns, loop.spread ? "*" : "");
    }
  }
  return text.empty() ? text : text.substr(text.front() == ' ' ? 1 : 0);
}

Result<Mapping> map_work(const Accelerator& accelerator, const Work& work) {
  return Mapper(accelerator, work).best();
}

}  // namespace forecost::accelerator
